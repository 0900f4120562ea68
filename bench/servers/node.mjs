// Node's bare http server: no Request, no Response.
import http from "node:http";

function hello(url, response) {
  const text = JSON.stringify({ hello: url.searchParams.get("name") ?? "world" });
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function echo(request, response) {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.concat(parts);
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": body.length });
    response.end(body);
  });
}

function echoStream(request, response) {
  response.writeHead(200, { "content-type": "application/octet-stream" });
  request.pipe(response);
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  switch (url.pathname) {
    case "/functions/hello":
      return hello(url, response);
    case "/functions/echo":
      return echo(request, response);
    case "/functions/echo-stream":
      return echoStream(request, response);
  }
  response.writeHead(404);
  response.end("not found");
});
server.listen(+process.env.PORT, "127.0.0.1");
