// The functions behind one server, for runtimes that know one handler.
import hello from "./hello.mjs";
import echo from "./echo.mjs";
import echoStream from "./echo-stream.mjs";

export default {
  async fetch(request) {
    switch (new URL(request.url).pathname) {
      case "/functions/hello":
        return hello.fetch(request);
      case "/functions/echo":
        return echo.fetch(request);
      case "/functions/echo-stream":
        return echoStream.fetch(request);
    }
    return new Response("not found", { status: 404 });
  },
};
