// URL (https://url.spec.whatwg.org/#url-class), over a parser in Rust
export default function (web, native) {
  // Where the parts are in `[href, ...offsets]`: see url.rs. The offsets are looked for when they are needed.
  const PROTOCOL_END = 1, USER_END = 2, HOST_START = 3, HOST_END = 4, PORT_END = 5, PATH = 6, QUERY = 7;

  const textOf = (value) => (typeof value === "string" ? value : `${value}`).toWellFormed();
  const baseOf = (base) => (base === undefined ? undefined : textOf(base));

  // "?" and "#" alone count as nothing.
  const unlessAlone = (text) => (text.length === 1 ? "" : text);

  // What comes of a change: the same list, which the URL's parameters have too.
  function become(parts, href) {
    parts.length = 1;
    parts[0] = href;
  }

  function offsetsOf(parts) {
    if (parts.length === 1) parts.push(...native.offsetsOfUrl(parts[0]));
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

  function refill(parts, params) {
    if (params !== undefined) web.refillParams(params, searchOf(parts));
  }

  // Changes one part; a value that doesn't fit changes nothing.
  function change(parts, params, part, value) {
    const href = native.changeUrl(parts[0], part, textOf(value));
    if (href === undefined) return;
    become(parts, href);
    refill(parts, params);
  }

  class URL {
    #parts;
    // These have the parts, so the parts have not these: no circle is to be collected.
    #params;

    constructor(url, base = undefined) {
      // Without an argument: "undefined" is no URL either.
      const text = textOf(url), href = base === undefined ? native.parseUrl(text) : native.parseUrl(text, textOf(base));
      if (href === undefined) throw new TypeError(`invalid URL ${JSON.stringify(text.slice(0, 200))}`);
      this.#parts = [href];
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
      refill(parts, this.#params);
    }

    get origin() {
      return native.originOfUrl(this.#parts[0]);
    }

    get protocol() {
      return this.#parts[0].slice(0, this.#parts[0].indexOf(":") + 1);
    }

    set protocol(value) {
      change(this.#parts, this.#params, "protocol", value);
    }

    get username() {
      const parts = offsetsOf(this.#parts);
      return parts[0].slice(parts[PROTOCOL_END] + 2, parts[USER_END]);
    }

    set username(value) {
      change(this.#parts, this.#params, "username", value);
    }

    get password() {
      const parts = offsetsOf(this.#parts);
      return parts[0].slice(parts[USER_END] + 1, parts[HOST_START]);
    }

    set password(value) {
      change(this.#parts, this.#params, "password", value);
    }

    get host() {
      return this.#parts[0].slice(hostOf(this.#parts), this.#parts[PORT_END]);
    }

    set host(value) {
      change(this.#parts, this.#params, "host", value);
    }

    get hostname() {
      return this.#parts[0].slice(hostOf(this.#parts), this.#parts[HOST_END]);
    }

    set hostname(value) {
      change(this.#parts, this.#params, "hostname", value);
    }

    get port() {
      const parts = offsetsOf(this.#parts);
      return parts[0].slice(parts[HOST_END] + 1, parts[PORT_END]);
    }

    set port(value) {
      change(this.#parts, this.#params, "port", value);
    }

    get pathname() {
      return slice(this.#parts, PATH, QUERY);
    }

    set pathname(value) {
      change(this.#parts, this.#params, "pathname", value);
    }

    get search() {
      return searchOf(this.#parts);
    }

    set search(value) {
      change(this.#parts, this.#params, "search", value);
    }

    get searchParams() {
      return (this.#params ??= web.paramsOf(this.#parts));
    }

    get hash() {
      return unlessAlone(this.#parts[0].slice(endOfQuery(this.#parts[0])));
    }

    set hash(value) {
      change(this.#parts, this.#params, "hash", value);
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
