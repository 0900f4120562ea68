// Response (https://fetch.spec.whatwg.org/#response-class)
export default function (web, native) {
  const REDIRECTS = new Set([301, 302, 303, 307, 308]);
  // Statuses of responses without a body.
  const BODILESS = new Set([101, 103, 204, 205, 304]);
  // A reason phrase: no control characters, and no characters that are more than a byte.
  const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;
  // Says to the constructor that it is given a state, and not a body.
  const READY = Symbol();
  // Where things are in a state: see body.js. Headers are made when they are asked for; until then there is a list of them, or the type of the body.
  const STATUS = 3, REASON_PHRASE = 4, HEADERS = 5, LIST = 6, TYPE = 7, KIND = 8;

  const TEXT = "text/plain;charset=UTF-8";

  function statusOf(status) {
    const number = Math.trunc(Number(status)) & 0xffff;
    if (number < 200 || number > 599) throw new RangeError(`status ${status} is not within 200 to 599`);
    return number;
  }

  function reasonOf(text) {
    if (!REASON.test(text)) throw new TypeError("invalid statusText");
    return `${text}`;
  }

  function stateOf(content, stream, type, init) {
    const state = [content, stream, false, 200, "", undefined, undefined, type, "default"];
    if (init === undefined || init === null) return state;
    if (init.status !== undefined) state[STATUS] = statusOf(init.status);
    if (init.statusText !== undefined) state[REASON_PHRASE] = reasonOf(init.statusText);
    if (state[STATUS] !== 200 && web.hasBody(state) && BODILESS.has(state[STATUS])) {
      throw new TypeError(`a response with status ${state[STATUS]} can't have a body`);
    }
    if (init.headers !== undefined) {
      const list = (state[LIST] = web.headerList(init.headers));
      if (type !== null) web.addToList(list, "content-type", type);
    }
    return state;
  }

  function stateFrom(body, init) {
    if (typeof body === "string") return stateOf(body.toWellFormed(), undefined, TEXT, init);
    const { content, stream, type } = web.bodyOf(body);
    return stateOf(content, stream, type, init);
  }

  function headersOf(state) {
    return (state[HEADERS] ??= web.headersOfList(state[LIST] ?? (state[TYPE] === null ? [] : web.addToList([], "content-type", state[TYPE]))));
  }

  function linesOf(state) {
    if (state[HEADERS] !== undefined) return web.headersToLines(state[HEADERS]);
    if (state[LIST] !== undefined) return web.listToLines(state[LIST]);
    return state[TYPE] === null ? "" : `content-type\n${state[TYPE]}`;
  }

  class Response {
    #state;

    constructor(body = undefined, init = undefined) {
      this.#state = body === READY ? init : stateFrom(body, init);
    }

    static json(data, init = undefined) {
      const content = JSON.stringify(data);
      if (content === undefined) throw new TypeError("the value has no JSON form");
      return new Response(READY, stateOf(content, undefined, "application/json", init));
    }

    static redirect(url, status = 302) {
      if (!REDIRECTS.has(status)) throw new RangeError(`status ${status} is no redirect`);
      const headers = new Headers({ location: new URL(url).href });
      return new Response(null, { status, headers });
    }

    static error() {
      return new Response(READY, [null, undefined, false, 0, "", new Headers(), undefined, null, "error"]);
    }

    get status() {
      return this.#state[STATUS];
    }

    get statusText() {
      return this.#state[REASON_PHRASE];
    }

    get ok() {
      return this.#state[STATUS] >= 200 && this.#state[STATUS] <= 299;
    }

    get type() {
      return this.#state[KIND];
    }

    get url() {
      return "";
    }

    get redirected() {
      return false;
    }

    get headers() {
      return headersOf(this.#state);
    }

    clone() {
      const copy = web.cloneBody(this.#state);
      copy[HEADERS] = new Headers(this.headers);
      return new Response(READY, copy);
    }

    get [Symbol.toStringTag]() {
      return "Response";
    }

    static {
      web.mixBody(Response, (response) => response.#state, (response) => response.headers.get("content-type") ?? "");
      // Sends what a handler returned; says what is wrong with it, if anything.
      web.answer = (id, answer) => {
        if (typeof answer !== "object" || answer === null || !(#state in answer)) {
          return `the handler returned ${web.kindOf(answer)}, not a Response`;
        }
        const state = answer.#state;
        if (state[STATUS] === 0) return "the handler returned Response.error()";
        if (web.isUnusable(state)) return "the body of the Response has been read or sent already";
        const content = web.consume(state), lines = linesOf(state);
        if (content === null || typeof content === "string" || content instanceof Uint8Array) {
          return native.respond(id, state[STATUS], lines, content);
        }
        web.need("pump.js");
        return web.pump(id, state[STATUS], lines, content);
      };
    }
  }

  web.enumerable(Response, ["status", "statusText", "ok", "type", "url", "redirected", "headers", "clone", "body", "bodyUsed", "text", "json", "arrayBuffer", "bytes", "blob", "formData"]);
  web.define({ Response });
}
