const page = `<!doctype html>
<title>Upload</title>
<form method="post" enctype="multipart/form-data">
  <p><label>Title <input name="title" required></label></p>
  <p><label>File <input type="file" name="file" required></label></p>
  <p><button>Send</button></p>
</form>
`;

export default {
  async fetch(request) {
    if (request.method !== "POST") {
      return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
    }
    const form = await request.formData().catch(() => null);
    const title = form?.get("title");
    const file = form?.get("file");
    if (typeof title !== "string" || !(file instanceof File)) {
      return Response.json({ error: "send a form with the fields title and file" }, { status: 400 });
    }
    const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const sha256 = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    console.log("received", file.name);
    return Response.json({ title, file: { name: file.name, type: file.type, size: file.size, sha256 } });
  },
} satisfies BunBase.Handler;
