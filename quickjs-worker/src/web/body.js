// What Request and Response have in common: a body that is read once.
export default function (web, native) {
  // A body: `content` is null, a string or bytes; `type` the content-type that goes with it, or null.
  const EMPTY = Object.freeze({ content: null, type: null });

  web.bodyOf = (init) => {
    if (typeof init === "string") return { content: init.toWellFormed(), type: "text/plain;charset=UTF-8" };
    if (init === undefined || init === null) return EMPTY;
    if (init instanceof URLSearchParams) {
      return { content: init.toString(), type: "application/x-www-form-urlencoded;charset=UTF-8" };
    }
    const bytes = web.bytesOf(init);
    if (bytes !== undefined) return { content: bytes.slice(), type: null };
    return { content: String(init).toWellFormed(), type: "text/plain;charset=UTF-8" };
  };

  const text = (content) =>
    content === null ? "" : typeof content === "string" ? content : native.decodeUtf8(content, false, false);

  const bytes = (content) =>
    content === null ? new Uint8Array() : typeof content === "string" ? new Uint8Array(native.encodeUtf8(content)) : content;

  // The content of the body of `state`, which is used up by it.
  web.consume = (state) => {
    if (state.used) throw new TypeError("the body has been read already");
    state.used = state.content !== null;
    return state.content;
  };

  // Gives a class the methods that read the body; `stateOf` finds `{ content, used }` of an instance.
  web.mixBody = (Class, stateOf) => {
    const methods = {
      async text() {
        return text(web.consume(stateOf(this)));
      },
      async json() {
        return JSON.parse(text(web.consume(stateOf(this))));
      },
      async arrayBuffer() {
        const { buffer, byteOffset, byteLength } = bytes(web.consume(stateOf(this)));
        return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
      },
      async bytes() {
        return bytes(web.consume(stateOf(this)));
      },
      get bodyUsed() {
        return stateOf(this).used;
      },
    };
    Object.defineProperties(Class.prototype, Object.getOwnPropertyDescriptors(methods));
  };
}
