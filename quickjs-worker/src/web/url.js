// URL (https://url.spec.whatwg.org/#url-class), over a parser in Rust
export default function (web, native) {
  // Where the parts are in `[href, ...offsets]`, as the parser returns it: see url.rs.
  const PROTOCOL_END = 1, USER_END = 2, HOST_START = 3, HOST_END = 4, PORT_END = 5, PATH = 6, QUERY = 7, HASH = 8;

  const textOf = (value) => `${value}`.toWellFormed();
  const baseOf = (base) => (base === undefined ? undefined : textOf(base));

  // "?" and "#" alone count as nothing.
  const unlessAlone = (text) => (text.length === 1 ? "" : text);

  class URL {
    #parts;
    #params;

    constructor(url, base = undefined) {
      web.require(arguments, 1, "new URL");
      const text = textOf(url), parts = native.parseUrl(text, baseOf(base));
      if (parts === undefined) throw new TypeError(`invalid URL ${JSON.stringify(text.slice(0, 200))}`);
      this.#parts = parts;
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

    #slice(from, to) {
      const parts = this.#parts;
      return parts[0].slice(parts[from], parts[to]);
    }

    // Where the host begins: behind the "@", if there is one.
    #host() {
      const parts = this.#parts, at = parts[HOST_START];
      return parts[0][at] === "@" ? at + 1 : at;
    }

    // Changes one part; a value that doesn't fit changes nothing.
    #change(part, value) {
      const parts = native.changeUrl(this.#parts[0], part, textOf(value));
      if (parts === undefined) return;
      this.#parts = parts;
      if (this.#params !== undefined) web.refillParams(this.#params, this.search);
    }

    get href() {
      return this.#parts[0];
    }

    set href(value) {
      this.#parts = new URL(value).#parts;
      if (this.#params !== undefined) web.refillParams(this.#params, this.search);
    }

    get origin() {
      return native.originOfUrl(this.#parts[0]);
    }

    get protocol() {
      return this.#parts[0].slice(0, this.#parts[PROTOCOL_END]);
    }

    set protocol(value) {
      this.#change("protocol", value);
    }

    get username() {
      const parts = this.#parts;
      return parts[0].slice(parts[PROTOCOL_END] + 2, parts[USER_END]);
    }

    set username(value) {
      this.#change("username", value);
    }

    get password() {
      const parts = this.#parts;
      return parts[0].slice(parts[USER_END] + 1, parts[HOST_START]);
    }

    set password(value) {
      this.#change("password", value);
    }

    get host() {
      return this.#parts[0].slice(this.#host(), this.#parts[PORT_END]);
    }

    set host(value) {
      this.#change("host", value);
    }

    get hostname() {
      return this.#parts[0].slice(this.#host(), this.#parts[HOST_END]);
    }

    set hostname(value) {
      this.#change("hostname", value);
    }

    get port() {
      const parts = this.#parts;
      return parts[0].slice(parts[HOST_END] + 1, parts[PORT_END]);
    }

    set port(value) {
      this.#change("port", value);
    }

    get pathname() {
      return this.#slice(PATH, QUERY);
    }

    set pathname(value) {
      this.#change("pathname", value);
    }

    get search() {
      return unlessAlone(this.#slice(QUERY, HASH));
    }

    set search(value) {
      this.#change("search", value);
    }

    get searchParams() {
      return (this.#params ??= web.paramsOf(this, this.search));
    }

    get hash() {
      return unlessAlone(this.#parts[0].slice(this.#parts[HASH]));
    }

    set hash(value) {
      this.#change("hash", value);
    }

    toString() {
      return this.#parts[0];
    }

    toJSON() {
      return this.#parts[0];
    }

    static {
      // What a change of its URLSearchParams does to a URL.
      web.setQuery = (url, query) => {
        url.#parts = native.changeUrl(url.#parts[0], "search", query) ?? url.#parts;
      };
    }
  }

  web.shape(URL);
  web.define({ URL });
}
