const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

export default {
  async fetch(request, env) {
    const pause = Number(env.PAUSE_MS);
    const events = new ReadableStream<string>({
      async start(controller) {
        for (let count = 1; count <= 10 && !request.signal.aborted; count++) {
          controller.enqueue(`id: ${count}\ndata: ${JSON.stringify({ count })}\n\n`);
          await sleep(pause);
        }
        if (!request.signal.aborted) controller.close();
      },
    });
    return new Response(events.pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream", "cache-control": "no-cache" },
    });
  },
} satisfies BunBase.Handler;
