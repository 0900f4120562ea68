export default {
  async fetch(request) {
    const url = new URL(request.url);
    return new Response(JSON.stringify({ hello: url.searchParams.get("name") ?? "world" }), {
      headers: { "content-type": "application/json" },
    });
  },
};
