export default {
  async fetch(request, env) {
    const name = new URL(request.url).searchParams.get("name") ?? "world";
    console.log("greeting", name);
    return Response.json({ message: `${env.GREETING}, ${name}!` });
  },
} satisfies BunBase.Handler;
