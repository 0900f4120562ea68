export default {
  async fetch(request) {
    return new Response(request.body, { headers: { "content-type": "application/octet-stream" } });
  },
};
