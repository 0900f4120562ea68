// Request (https://fetch.spec.whatwg.org/#request-class)
export default function (web) {
  const NORMALIZED = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
  const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  // Says to the constructor that it is given a state, and not an input.
  const READY = Symbol();

  function methodOf(method) {
    const text = `${method}`, upper = text.toUpperCase();
    if (!TOKEN.test(text) || upper === "CONNECT" || upper === "TRACE" || upper === "TRACK") {
      throw new TypeError(`invalid method ${JSON.stringify(text)}`);
    }
    return NORMALIZED.has(upper) ? upper : text;
  }

  function withoutCredentials(url) {
    const parsed = new URL(url);
    if (parsed.username !== "" || parsed.password !== "") throw new TypeError("a request's URL can't have credentials");
    return parsed.href;
  }

  class Request {
    // { method, url, lines | headers, content, used, signal, reason }: headers and signal are made when asked for.
    #state;

    constructor(input, init = undefined) {
      this.#state = input === READY ? init : Request.#build(input, init ?? {});
    }

    static #build(input, init) {
      const from = typeof input === "object" && input !== null && #state in input ? input : undefined;
      const state = {
        method: init.method === undefined ? from?.method ?? "GET" : methodOf(init.method),
        url: from?.url ?? withoutCredentials(input),
        headers: new Headers(init.headers ?? from?.headers),
        content: null,
        used: false,
        signal: init.signal === undefined ? from?.signal : init.signal ?? undefined,
      };
      Request.#buildBody(state, from, init);
      return state;
    }

    static #buildBody(state, from, init) {
      const given = init.body !== undefined && init.body !== null;
      if ((given || from?.#state.content != null) && (state.method === "GET" || state.method === "HEAD")) {
        throw new TypeError(`a ${state.method} request can't have a body`);
      }
      if (!given) return void (state.content = from === undefined ? null : web.consume(from.#state));
      const { content, type } = web.bodyOf(init.body);
      state.content = content;
      if (type !== null && !state.headers.has("content-type")) state.headers.set("content-type", type);
    }

    get method() {
      return this.#state.method;
    }

    get url() {
      return this.#state.url;
    }

    get headers() {
      const state = this.#state;
      return (state.headers ??= web.headersFromLines(state.lines));
    }

    get signal() {
      const state = this.#state;
      return (state.signal ??= web.newSignal(state.reason));
    }

    get redirect() {
      return "follow";
    }

    clone() {
      const state = this.#state;
      if (state.used) throw new TypeError("a request whose body has been read can't be cloned");
      const content = state.content instanceof Uint8Array ? state.content.slice() : state.content;
      const signal = AbortSignal.any([this.signal]);
      return new Request(READY, { ...state, headers: new Headers(this.headers), content, signal });
    }

    get [Symbol.toStringTag]() {
      return "Request";
    }

    static {
      web.mixBody(Request, (request) => request.#state);
      // The request of an invocation.
      web.receive = (method, url, lines, body) =>
        new Request(READY, {
          method, url, lines, headers: undefined, content: body ?? null, used: false,
          signal: undefined, reason: undefined,
        });
      web.abortRequest = (request, reason) => {
        request.#state.reason = reason;
        if (request.#state.signal !== undefined) web.abortSignal(request.#state.signal, reason);
      };
    }
  }

  web.enumerable(Request, ["method", "url", "headers", "signal", "redirect", "clone", "text", "json", "arrayBuffer", "bytes", "bodyUsed"]);
  web.define({ Request });
}
