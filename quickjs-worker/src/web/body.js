// What Request and Response have in common: a body that is read once (https://fetch.spec.whatwg.org/#body-mixin)
export default function (web, native) {
  // A body: `content` is null, a string or bytes, or `stream` is a ReadableStream; `type` is the content-type that goes with it, or null.
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

  web.hasBody = (state) => state.content !== null || state.stream !== undefined;

  web.isUsed = (state) => (state.stream === undefined ? state.used : web.isDisturbed(state.stream));

  web.isUnusable = (state) => state.stream === undefined ? state.used : state.stream.locked || web.isDisturbed(state.stream);

  // What the body of `state` is, which is used up by it: null, a string or bytes, or else a stream.
  web.consume = (state) => {
    if (web.isUnusable(state)) throw new TypeError("the body has been read already, or is being read");
    if (state.stream !== undefined) return web.takeSource(state.stream) ?? state.stream;
    state.used = state.content !== null;
    return state.content;
  };

  // Calls `use` with the content of a body that is used up by it, once all of it is there.
  function whenWhole(state, use) {
    const content = web.consume(state);
    return isStream(content) ? then(web.readAll(content), use) : use(content);
  }

  // The body as a stream; made when it is asked for.
  function streamOf(state) {
    if (!web.hasBody(state)) return null;
    if (state.stream !== undefined) return state.stream;
    web.need("streams.js");
    state.stream = web.streamOf(bytes(state.content));
    if (state.used) web.takeSource(state.stream);
    return state.stream;
  }

  // The body for a second reader, who gets the same.
  web.cloneBody = (state) => {
    if (web.isUnusable(state)) throw new TypeError("what has been read, or is being read, can't be cloned");
    if (state.stream === undefined) {
      const { content } = state;
      return { content: content instanceof Uint8Array ? content.slice() : content, stream: undefined };
    }
    const [mine, other] = state.stream.tee();
    state.stream = mine;
    return { content: null, stream: other };
  };

  // Gives a class the members that read the body; `stateOf` finds `{ content, stream, used }` of an instance, `typeOf` its content-type.
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
