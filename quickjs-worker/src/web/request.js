// Request (https://fetch.spec.whatwg.org/#request-class)
export default function (web) {
  const NORMALIZED = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
  const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  // Says to the constructor that it is given a state, and not an input.
  const READY = Symbol();
  // Where things are in a state: see body.js. Headers and signal are made when they are asked for.
  const CONTENT = 0, STREAM = 1, METHOD = 3, ADDRESS = 4, HEADERS = 5, LINES = 6, SIGNAL = 7, REASON = 8, OPTIONS = 9;

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

  // What a browser would heed when it fetches; here they say what they were given.
  const DEFAULTS = Object.freeze({
    cache: "default", credentials: "same-origin", integrity: "", keepalive: false, mode: "cors",
    redirect: "follow", referrer: "about:client", referrerPolicy: "",
  });

  const VALUES = {
    cache: ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"],
    credentials: ["omit", "same-origin", "include"],
    mode: ["same-origin", "no-cors", "cors"],
    redirect: ["follow", "error", "manual"],
    referrerPolicy: ["", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
      "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url"],
  };

  function optionOf(name, value) {
    if (typeof DEFAULTS[name] === "boolean") return Boolean(value);
    const text = `${value}`;
    if (VALUES[name]?.includes(text) === false) throw new TypeError(`${name} can't be ${JSON.stringify(text)}`);
    return text;
  }

  const NAMES = Object.keys(DEFAULTS);

  function optionsOf(init, inherited = DEFAULTS) {
    let options = inherited;
    for (const name of NAMES) {
      const value = init[name];
      if (value !== undefined) options = { ...options, [name]: optionOf(name, value) };
    }
    return options;
  }

  class Request {
    #state;

    constructor(input, init = undefined) {
      this.#state = input === READY ? init : Request.#build(input, init ?? {});
    }

    static #build(input, init) {
      const from = typeof input === "object" && input !== null && #state in input ? input : undefined;
      const method = init.method === undefined ? from?.method ?? "GET" : methodOf(init.method);
      const url = from?.url ?? withoutCredentials(input);
      const headers = new Headers(init.headers ?? from?.headers);
      const options = optionsOf(init, from?.#state[OPTIONS]);
      const signal = init.signal === undefined ? from?.signal : init.signal ?? undefined;
      const state = [null, undefined, false, method, url, headers, "", signal, undefined, options];
      Request.#buildBody(state, from, init);
      return state;
    }

    static #buildBody(state, from, init) {
      const given = init.body !== undefined && init.body !== null;
      if ((given || from !== undefined && web.hasBody(from.#state)) && (state[METHOD] === "GET" || state[METHOD] === "HEAD")) {
        throw new TypeError(`a ${state[METHOD]} request can't have a body`);
      }
      if (!given) return Request.#takeBody(state, from);
      const { content, stream, type } = web.bodyOf(init.body);
      if (web.isStream?.(init.body) && init.duplex !== "half") throw new TypeError('a body that is a stream needs duplex: "half"');
      state[CONTENT] = content;
      state[STREAM] = stream;
      if (type !== null) web.addHeader(state[HEADERS], "content-type", type);
    }

    static #takeBody(state, from) {
      if (from === undefined || !web.hasBody(from.#state)) return;
      const content = web.consume(from.#state);
      if (typeof content === "string" || content instanceof Uint8Array) state[CONTENT] = content;
      // What was the other's stream is this one's, and read as far as the other is concerned.
      else state[STREAM] = web.passOn(content);
    }

    get method() {
      return this.#state[METHOD];
    }

    get url() {
      return this.#state[ADDRESS];
    }

    get headers() {
      const state = this.#state;
      return (state[HEADERS] ??= web.headersFromLines(state[LINES]));
    }

    get signal() {
      const state = this.#state;
      return (state[SIGNAL] ??= web.newSignal(state[REASON]));
    }

    get duplex() {
      return "half";
    }

    get destination() {
      return "";
    }

    get isHistoryNavigation() {
      return false;
    }

    clone() {
      const copy = web.cloneBody(this.#state);
      copy[SIGNAL] = AbortSignal.any([this.signal]);
      copy[HEADERS] = new Headers(this.headers);
      return new Request(READY, copy);
    }

    get [Symbol.toStringTag]() {
      return "Request";
    }

    static {
      web.mixBody(Request, (request) => request.#state, (request) => request.headers.get("content-type") ?? "");
      for (const name of NAMES) {
        const get = { [name]() { return this.#state[OPTIONS][name]; } }[name];
        Object.defineProperty(Request.prototype, name, { get, configurable: true, enumerable: true });
      }
      // The request of an invocation.
      web.receive = (method, url, lines, content, stream) =>
        new Request(READY, [content ?? null, stream, false, method, url, undefined, lines, undefined, undefined, DEFAULTS]);
      web.abortRequest = (request, reason) => {
        const state = request.#state;
        state[REASON] = reason;
        if (state[SIGNAL] !== undefined) web.abortSignal(state[SIGNAL], reason);
      };
    }
  }

  web.enumerable(Request, ["method", "url", "headers", "signal", "duplex", "destination", "isHistoryNavigation", "clone", "body", "bodyUsed", "text", "json", "arrayBuffer", "bytes", "blob", "formData"]);
  web.define({ Request });
}
