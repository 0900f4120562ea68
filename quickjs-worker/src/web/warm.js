// What a zygote does in advance, and what each of its children does anew
export default function (web) {
  // Runs all files, and what a request runs through, so that no child has to.
  web.warm = (files) => {
    files.forEach(web.need);
    const request = web.receive("POST", "http://localhost/?name=x", "content-type\ntext/plain", new Uint8Array(1));
    request.headers.get("content-type");
    Math.random();
    // Reads the time zone's file, which no child sees.
    new Date().getTimezoneOffset();
    new URL(request.url).searchParams.get("name");
    // No invocation is under way, so nothing is sent.
    web.answer(0, Response.json({ warm: true }));
    web.answer(0, new Response("warm", { headers: { "x-warm": "1" } }));
  };

  // Forgets what processes forked from one another must not share.
  web.makeOwn = () => web.forgetRandomNumbers();
}
