// From a message to a call of the handler, and from what it returns to an answer.
export default function (web, native) {
  // As they are: nothing that a function puts in their places is given what settles an invocation.
  const { Promise } = globalThis;
  const then = Function.prototype.call.bind(Promise.prototype.then), promiseOf = Promise.resolve.bind(Promise);
  // The requests of the invocations that are to be answered.
  const requests = new web.Table();
  let handler, receiver;

  class ExecutionContext {
    #id;

    constructor(id, invocationId) {
      this.#id = id;
      this.invocationId = invocationId;
    }

    waitUntil(promise) {
      const id = this.#id;
      native.hold(id);
      const release = () => native.release(id);
      then(promiseOf(promise), release, (reason) => {
        web.report(reason);
        release();
      });
    }
  }

  function find(module) {
    const main = module.default;
    if (main !== null && main !== undefined && typeof main.fetch === "function") return [main.fetch, main];
    if (typeof main === "function") return [main, undefined];
    if (typeof module.handler === "function") return [module.handler, undefined];
    return undefined;
  }

  // The function's environment, which its module finds in `process.env` already.
  web.offer = (variables) => {
    web.variables = Object.freeze(variables);
  };

  web.adopt = (module) => {
    const found = find(module);
    if (found === undefined) {
      return "the module has no handler: it should `export default { fetch(request, env, ctx) {…} }`, " +
        "export a function by default, or export a function named `handler`";
    }
    [handler, receiver] = found;
    return undefined;
  };

  web.handled = (promise) => void then(promise, undefined, () => {});

  web.dispatch = (id, invocationId, method, url, headers, body, stream) => {
    const request = web.receive(method, url, headers, body, stream);
    try {
      const answer = handler.call(receiver, request, web.variables, new ExecutionContext(id, invocationId));
      if (answer instanceof Promise) {
        // What an async function has returned without waiting for anything is taken as it is, if no other job would come before it.
        const value = native.settledTo(answer);
        if (value === answer) follow(id, request, answer);
        else settleAtOnce(id, request, value);
      } else if (typeof answer?.then === "function") {
        follow(id, request, promiseOf(answer));
      } else {
        settleAtOnce(id, request, answer);
      }
    } catch (reason) {
      fail(id, reason);
    }
  };

  function follow(id, request, promise) {
    requests.set(id, request);
    then(promise, (value) => settle(id, value), (reason) => fail(id, reason));
  }

  // As `settle`, of a request that is kept only if its answer's body is still to come.
  function settleAtOnce(id, request, answer) {
    const wrong = web.answer(id, answer);
    if (web.isSending?.(id)) requests.set(id, request);
    else web.endUpload?.(id);
    if (wrong !== undefined) native.fail(id, "bad_response", wrong, undefined);
  }

  function settle(id, answer) {
    try {
      const wrong = web.answer(id, answer);
      if (!web.isSending?.(id)) web.forgetRequest(id);
      if (wrong !== undefined) native.fail(id, "bad_response", wrong, undefined);
    } catch (reason) {
      fail(id, reason);
    }
  }

  function fail(id, reason) {
    web.forgetRequest(id);
    web.fail(id, reason);
  }

  web.forgetRequest = (id) => {
    requests.delete(id);
    // What nobody has read until the answer is complete does not come any more.
    web.endUpload?.(id);
  };

  // The body of a request that will come by and by.
  web.beginUpload = (id, first) => {
    web.need("receive.js");
    return web.upload(id, first);
  };

  // More of it; `receive.js` has this if there are any.
  web.chunk = (id, bytes, more) => web.takeChunk?.(id, bytes, more);

  // There is room for more of an answer that is a stream; `pump.js` has this if there are any.
  web.drained = (id) => web.resume?.(id);

  web.abort = (id, name, message) => {
    const request = requests.get(id), reason = new DOMException(message, name);
    requests.delete(id);
    if (request !== undefined) web.abortRequest(request, reason);
    web.endUpload?.(id, reason);
    web.cancelAnswer?.(id, reason);
  };
}
