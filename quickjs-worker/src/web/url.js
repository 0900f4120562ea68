// URL (https://url.spec.whatwg.org/#url-class), over a parser in Rust
export default function (web, native) {
  // Where the parts are in `[href, params, ...offsets]`: see url.rs. Parameters and offsets are made when they are needed.
  const PARAMS = 1, BARE = 2, PROTOCOL_END = 2, USER_END = 3, HOST_START = 4, HOST_END = 5, PORT_END = 6, PATH = 7, QUERY = 8;

  const textOf = (value) => (typeof value === "string" ? value : `${value}`).toWellFormed();
  const baseOf = (base) => (base === undefined ? undefined : textOf(base));

  // "?" and "#" alone count as nothing.
  const unlessAlone = (text) => (text.length === 1 ? "" : text);

  // What comes of a change: the same list, which the URL's parameters have too.
  function become(parts, href) {
    parts.length = BARE;
    parts[0] = href;
  }

  function offsetsOf(parts) {
    if (parts.length === BARE) parts.push(...native.offsetsOfUrl(parts[0]));
    return parts;
  }

  // The first "#" begins the fragment, the first "?" before it the query: elsewhere they are escaped.
  const endOfQuery = (href) => {
    const at = href.indexOf("#");
    return at < 0 ? href.length : at;
  };

  function slice(parts, from, to) {
    offsetsOf(parts);
    return parts[0].slice(parts[from], parts[to]);
  }

  // Where the host begins: behind the "@", if there is one.
  function hostOf(parts) {
    const at = offsetsOf(parts)[HOST_START];
    return parts[0][at] === "@" ? at + 1 : at;
  }

  function searchOf(parts) {
    const href = parts[0], end = endOfQuery(href), at = href.indexOf("?");
    return at < 0 || at >= end - 1 ? "" : href.slice(at, end);
  }

  function refill(parts) {
    if (parts[PARAMS] !== undefined) web.refillParams(parts[PARAMS], searchOf(parts));
  }

  // Changes one part; a value that doesn't fit changes nothing.
  function change(parts, part, value) {
    const href = native.changeUrl(parts[0], part, textOf(value));
    if (href === undefined) return;
    become(parts, href);
    refill(parts);
  }

  class URL {
    #parts;

    constructor(url, base = undefined) {
      // Without an argument: "undefined" is no URL either.
      const text = textOf(url), href = base === undefined ? native.parseUrl(text) : native.parseUrl(text, textOf(base));
      if (href === undefined) throw new TypeError(`invalid URL ${JSON.stringify(text.slice(0, 200))}`);
      this.#parts = [href, undefined];
    }

    static canParse(url, base = undefined) {
      web.require(arguments, 1, "URL.canParse");
      return native.canParseUrl(textOf(url), baseOf(base));
    }

    static parse(url, base = undefined) {
      web.require(arguments, 1, "URL.parse");
      const text = textOf(url), baseText = baseOf(base);
      return native.canParseUrl(text, baseText) ? new URL(text, baseText) : null;
    }

    get href() {
      return this.#parts[0];
    }

    set href(value) {
      const parts = this.#parts;
      become(parts, new URL(value).#parts[0]);
      refill(parts);
    }

    get origin() {
      return native.originOfUrl(this.#parts[0]);
    }

    get protocol() {
      return this.#parts[0].slice(0, this.#parts[0].indexOf(":") + 1);
    }

    set protocol(value) {
      change(this.#parts, "protocol", value);
    }

    get username() {
      const parts = offsetsOf(this.#parts);
      return parts[0].slice(parts[PROTOCOL_END] + 2, parts[USER_END]);
    }

    set username(value) {
      change(this.#parts, "username", value);
    }

    get password() {
      const parts = offsetsOf(this.#parts);
      return parts[0].slice(parts[USER_END] + 1, parts[HOST_START]);
    }

    set password(value) {
      change(this.#parts, "password", value);
    }

    get host() {
      return this.#parts[0].slice(hostOf(this.#parts), this.#parts[PORT_END]);
    }

    set host(value) {
      change(this.#parts, "host", value);
    }

    get hostname() {
      return this.#parts[0].slice(hostOf(this.#parts), this.#parts[HOST_END]);
    }

    set hostname(value) {
      change(this.#parts, "hostname", value);
    }

    get port() {
      const parts = offsetsOf(this.#parts);
      return parts[0].slice(parts[HOST_END] + 1, parts[PORT_END]);
    }

    set port(value) {
      change(this.#parts, "port", value);
    }

    get pathname() {
      return slice(this.#parts, PATH, QUERY);
    }

    set pathname(value) {
      change(this.#parts, "pathname", value);
    }

    get search() {
      return searchOf(this.#parts);
    }

    set search(value) {
      change(this.#parts, "search", value);
    }

    get searchParams() {
      const parts = this.#parts;
      return (parts[PARAMS] ??= web.paramsOf(parts));
    }

    get hash() {
      return unlessAlone(this.#parts[0].slice(endOfQuery(this.#parts[0])));
    }

    set hash(value) {
      change(this.#parts, "hash", value);
    }

    toString() {
      return this.#parts[0];
    }

    toJSON() {
      return this.#parts[0];
    }

    static {
      // What a change of its URLSearchParams does to a URL.
      web.setQuery = (parts, query) => become(parts, native.changeUrl(parts[0], "search", query) ?? parts[0]);
    }
  }

  web.shape(URL);
  web.define({ URL });
}
