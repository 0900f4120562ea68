import ms from "ms";

const started = Date.now();

export default {
  async fetch(request: Request): Promise<Response> {
    const name = new URL(request.url).searchParams.get("name") ?? "world";
    console.log(`greeting ${name}`);
    return Response.json({
      message: `Hello, ${name}!`,
      method: request.method,
      worker_age: ms(Date.now() - started, { long: true }),
    });
  },
};
