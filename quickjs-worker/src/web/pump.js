// Answers that are streams, on their way to the host
export default function (web, native) {
  const then = Function.prototype.call.bind(Promise.prototype.then);

  // The answers that are being sent: a reader, and what goes on when there is room again.
  const answers = new web.Table();

  // Sends the head of an answer, then its body as it comes; says what is wrong with the answer, if anything.
  web.pump = (id, status, lines, stream) => {
    const wrong = native.respondHead(id, status, lines);
    if (wrong !== undefined) return wrong;
    const answer = { reader: web.readerOf(stream), goOn: undefined };
    answers.set(id, answer);
    const ended = () => {
      answers.delete(id);
      web.forgetRequest(id);
    };
    then(send(id, answer), ended, (reason) => {
      ended();
      web.fail(id, reason);
      // It has been told already why it ends, if it was the stream that failed.
      then(answer.reader.cancel(reason), undefined, () => {});
    });
    return undefined;
  };

  async function send(id, answer) {
    for (;;) {
      const { done, value } = await answer.reader.read();
      // One that was cancelled ends too.
      if (done) return answers.has(id) ? native.respondEnd(id) : undefined;
      const room = native.respondChunk(id, web.chunkOf(value));
      if (!room) await new Promise((resolve) => void (answer.goOn = resolve));
    }
  }

  web.isSending = (id) => answers.has(id);

  // The host has room again.
  web.resume = (id) => {
    const answer = answers.get(id);
    if (answer?.goOn === undefined) return;
    const { goOn } = answer;
    answer.goOn = undefined;
    goOn();
  };

  // Nobody wants the rest of an answer.
  web.cancelAnswer = (id, reason) => {
    const answer = answers.get(id);
    if (answer === undefined) return;
    answers.delete(id);
    then(answer.reader.cancel(reason), undefined, () => {});
  };
}
