// Response (https://fetch.spec.whatwg.org/#response-class)
export default function (web, native) {
  const REDIRECTS = new Set([301, 302, 303, 307, 308]);
  // Statuses of responses without a body.
  const BODILESS = new Set([101, 103, 204, 205, 304]);
  // A reason phrase: no control characters, and no characters that are more than a byte.
  const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;
  // Says to the constructor that it is given a state, and not a body.
  const READY = Symbol();

  function statusOf(status) {
    const number = Math.trunc(Number(status)) & 0xffff;
    if (number < 200 || number > 599) throw new RangeError(`status ${status} is not within 200 to 599`);
    return number;
  }

  function reasonOf(text) {
    if (!REASON.test(text)) throw new TypeError("invalid statusText");
    return `${text}`;
  }

  class Response {
    // { status, statusText, headers | type, content, stream, used, kind }: headers are made when asked for.
    #state;

    constructor(body = undefined, init = undefined) {
      this.#state = body === READY ? init : Response.#build(web.bodyOf(body), init);
    }

    static #build({ content, stream, type }, init) {
      const state = { status: 200, statusText: "", headers: undefined, type, content, stream, used: false, kind: "default" };
      if (init === undefined || init === null) return state;
      if (init.status !== undefined) state.status = statusOf(init.status);
      if (init.statusText !== undefined) state.statusText = reasonOf(init.statusText);
      if (web.hasBody(state) && BODILESS.has(state.status)) {
        throw new TypeError(`a response with status ${state.status} can't have a body`);
      }
      if (init.headers !== undefined) {
        state.headers = new Headers(init.headers);
        if (type !== null && !state.headers.has("content-type")) state.headers.append("content-type", type);
      }
      return state;
    }

    static json(data, init = undefined) {
      const content = JSON.stringify(data);
      if (content === undefined) throw new TypeError("the value has no JSON form");
      return new Response(READY, Response.#build({ content, stream: undefined, type: "application/json" }, init));
    }

    static redirect(url, status = 302) {
      if (!REDIRECTS.has(status)) throw new RangeError(`status ${status} is no redirect`);
      const headers = new Headers({ location: new URL(url).href });
      return new Response(null, { status, headers });
    }

    static error() {
      const state = { status: 0, statusText: "", headers: new Headers(), content: null, used: false, kind: "error" };
      return new Response(READY, state);
    }

    get status() {
      return this.#state.status;
    }

    get statusText() {
      return this.#state.statusText;
    }

    get ok() {
      return this.#state.status >= 200 && this.#state.status <= 299;
    }

    get type() {
      return this.#state.kind;
    }

    get url() {
      return "";
    }

    get redirected() {
      return false;
    }

    get headers() {
      const state = this.#state;
      if (state.headers === undefined) {
        state.headers = new Headers();
        if (state.type !== null) state.headers.append("content-type", state.type);
      }
      return state.headers;
    }

    clone() {
      const state = this.#state;
      return new Response(READY, { ...state, ...web.cloneBody(state), headers: new Headers(this.headers) });
    }

    get [Symbol.toStringTag]() {
      return "Response";
    }

    static #lines(state) {
      if (state.headers !== undefined) return web.headersToLines(state.headers);
      return state.type === null ? "" : `content-type\n${state.type}`;
    }

    static {
      web.mixBody(Response, (response) => response.#state, (response) => response.headers.get("content-type") ?? "");
      // Sends what a handler returned; says what is wrong with it, if anything.
      web.answer = (id, answer) => {
        if (typeof answer !== "object" || answer === null || !(#state in answer)) {
          return `the handler returned ${web.kindOf(answer)}, not a Response`;
        }
        const state = answer.#state;
        if (state.status === 0) return "the handler returned Response.error()";
        if (web.isUnusable(state)) return "the body of the Response has been read or sent already";
        const content = web.consume(state), lines = Response.#lines(state);
        if (content === null || typeof content === "string" || content instanceof Uint8Array) {
          return native.respond(id, state.status, lines, content);
        }
        web.need("pump.js");
        return web.pump(id, state.status, lines, content);
      };
    }
  }

  web.enumerable(Response, ["status", "statusText", "ok", "type", "url", "redirected", "headers", "clone", "body", "bodyUsed", "text", "json", "arrayBuffer", "bytes", "blob", "formData"]);
  web.define({ Response });
}
