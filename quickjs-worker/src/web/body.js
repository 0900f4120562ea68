// What Request and Response have in common: a body that is read once (https://fetch.spec.whatwg.org/#body-mixin)
export default function (web, native) {
  // A body: `content` is null, a string or bytes, or `stream` is a ReadableStream; `type` is the content-type that goes with it, or null.
  // The state of a Request or Response is a list, which is made in a fifth of the time that an object takes. It begins with these.
  const CONTENT = 0, STREAM = 1, USED = 2;
  const then = Function.prototype.call.bind(Promise.prototype.then);
  const EMPTY = Object.freeze({ content: null, stream: undefined, type: null });
  const whole = (content, type) => ({ content, stream: undefined, type });

  // Only who has touched these globals can have an instance.
  const isStream = (value) => web.isStream !== undefined && web.isStream(value);
  const isBlob = (value) => web.isBlob !== undefined && web.isBlob(value);
  const isFormData = (value) => web.isFormData !== undefined && web.isFormData(value);

  web.bodyOf = (init) => {
    if (typeof init === "string") return whole(init.toWellFormed(), "text/plain;charset=UTF-8");
    if (init === undefined || init === null) return EMPTY;
    if (typeof init === "object" || typeof init === "function") return bodyOfObject(init);
    return whole(`${init}`.toWellFormed(), "text/plain;charset=UTF-8");
  };

  function bodyOfObject(init) {
    if (web.isParams(init)) return whole(init.toString(), "application/x-www-form-urlencoded;charset=UTF-8");
    const bytes = web.bytesOf(init);
    if (bytes !== undefined) return whole(bytes.slice(), null);
    if (isStream(init)) return bodyOfStream(init);
    if (isBlob(init)) return whole(web.bytesOfBlob(init), init.type === "" ? null : init.type);
    if (isFormData(init)) return { ...web.encodeForm(init), stream: undefined };
    if (typeof init[Symbol.asyncIterator] === "function") {
      web.need("streams.js");
      return { content: null, stream: web.streamFrom(init), type: null };
    }
    return whole(String(init).toWellFormed(), "text/plain;charset=UTF-8");
  }

  function bodyOfStream(stream) {
    if (stream.locked || web.isDisturbed(stream)) throw new TypeError("the stream is locked, or has been read already");
    const bytes = web.takeSource(stream);
    return bytes === undefined ? { content: null, stream, type: null } : whole(bytes, null);
  }

  const text = (content) =>
    content === null ? "" : typeof content === "string" ? content : native.decodeUtf8(content, false, false);

  const bytes = (content) =>
    content === null ? new Uint8Array() : typeof content === "string" ? new Uint8Array(native.encodeUtf8(content)) : content;

  const bufferOf = ({ buffer, byteOffset, byteLength }) =>
    byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);

  web.hasBody = (state) => state[CONTENT] !== null || state[STREAM] !== undefined;

  web.isUsed = (state) => (state[STREAM] === undefined ? state[USED] : web.isDisturbed(state[STREAM]));

  web.isUnusable = (state) => state[STREAM] === undefined ? state[USED] : state[STREAM].locked || web.isDisturbed(state[STREAM]);

  // What the body of `state` is, which is used up by it: null, a string or bytes, or else a stream.
  web.consume = (state) => {
    if (web.isUnusable(state)) throw new TypeError("the body has been read already, or is being read");
    if (state[STREAM] !== undefined) return web.takeSource(state[STREAM]) ?? state[STREAM];
    const content = state[CONTENT];
    state[USED] = content !== null;
    return content;
  };

  // Calls `use` with the content of a body that is used up by it, once all of it is there.
  function whenWhole(state, use) {
    const content = web.consume(state);
    return isStream(content) ? then(web.readAll(content), use) : use(content);
  }

  // The body as a stream; made when it is asked for.
  function streamOf(state) {
    if (!web.hasBody(state)) return null;
    if (state[STREAM] !== undefined) return state[STREAM];
    web.need("streams.js");
    const stream = (state[STREAM] = web.streamOf(bytes(state[CONTENT])));
    if (state[USED]) web.takeSource(stream);
    return stream;
  }

  // The state for a second reader of the body, who gets the same.
  web.cloneBody = (state) => {
    if (web.isUnusable(state)) throw new TypeError("what has been read, or is being read, can't be cloned");
    const copy = state.slice(), content = state[CONTENT];
    if (state[STREAM] !== undefined) [state[STREAM], copy[STREAM]] = state[STREAM].tee();
    else if (content instanceof Uint8Array) copy[CONTENT] = content.slice();
    return copy;
  };

  // Gives a class the members that read the body; `stateOf` finds the state of an instance, `typeOf` its content-type.
  web.mixBody = (Class, stateOf, typeOf) => {
    const methods = {
      get body() {
        return streamOf(stateOf(this));
      },
      get bodyUsed() {
        return web.isUsed(stateOf(this));
      },
      async text() {
        return whenWhole(stateOf(this), text);
      },
      async json() {
        return whenWhole(stateOf(this), (content) => JSON.parse(text(content)));
      },
      async arrayBuffer() {
        return whenWhole(stateOf(this), (content) => bufferOf(bytes(content)));
      },
      async bytes() {
        return whenWhole(stateOf(this), bytes);
      },
      async blob() {
        web.need("blob.js");
        return whenWhole(stateOf(this), (content) => web.blobOf(bytes(content), typeOf(this)));
      },
      async formData() {
        web.need("form_data.js");
        return whenWhole(stateOf(this), (content) => web.decodeForm(bytes(content), typeOf(this)));
      },
    };
    Object.defineProperties(Class.prototype, Object.getOwnPropertyDescriptors(methods));
  };
}
