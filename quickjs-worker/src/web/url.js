// URL (https://url.spec.whatwg.org/#url-class), over a parser in Rust
export default function (web, native) {
  // Where the parts are in `[href, ...offsets]`, as the parser returns it: see url.rs.
  const SCHEME = 1, USER = 2, USER_END = 3, PASSWORD = 4, PASSWORD_END = 5, HOST = 6, HOST_END = 7,
    PORT = 8, PORT_END = 9, PATH = 10, PATH_END = 11, QUERY_END = 12;

  // "?" and "#" alone count as nothing.
  const unlessAlone = (text) => (text.length === 1 ? "" : text);

  class URL {
    #parts;
    #params;

    constructor(url, base = undefined) {
      const text = `${url}`.toWellFormed();
      const parts = native.parseUrl(text, base === undefined ? undefined : `${base}`.toWellFormed());
      if (parts === undefined) throw new TypeError(`invalid URL ${JSON.stringify(text.slice(0, 200))}`);
      this.#parts = parts;
    }

    static canParse(url, base = undefined) {
      return URL.parse(url, base) !== null;
    }

    static parse(url, base = undefined) {
      try {
        return new URL(url, base);
      } catch {
        return null;
      }
    }

    #slice(from, to) {
      const parts = this.#parts;
      return parts[0].slice(parts[from], parts[to]);
    }

    // Changes one part; a value that doesn't fit changes nothing.
    #change(part, value) {
      const parts = native.changeUrl(this.#parts[0], part, `${value}`.toWellFormed());
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
      return this.#parts[0].slice(0, this.#parts[SCHEME] + 1);
    }

    set protocol(value) {
      this.#change("protocol", value);
    }

    get username() {
      return this.#slice(USER, USER_END);
    }

    set username(value) {
      this.#change("username", value);
    }

    get password() {
      return this.#slice(PASSWORD, PASSWORD_END);
    }

    set password(value) {
      this.#change("password", value);
    }

    get host() {
      return this.#slice(HOST, PORT_END);
    }

    set host(value) {
      this.#change("host", value);
    }

    get hostname() {
      return this.#slice(HOST, HOST_END);
    }

    set hostname(value) {
      this.#change("hostname", value);
    }

    get port() {
      return this.#slice(PORT, PORT_END);
    }

    set port(value) {
      this.#change("port", value);
    }

    get pathname() {
      return this.#slice(PATH, PATH_END);
    }

    set pathname(value) {
      this.#change("pathname", value);
    }

    get search() {
      return unlessAlone(this.#slice(PATH_END, QUERY_END));
    }

    set search(value) {
      this.#change("search", value);
    }

    get searchParams() {
      return (this.#params ??= web.paramsOf(this, this.search));
    }

    get hash() {
      return unlessAlone(this.#parts[0].slice(this.#parts[QUERY_END]));
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

    get [Symbol.toStringTag]() {
      return "URL";
    }

    static {
      // What a change of its URLSearchParams does to a URL.
      web.setQuery = (url, query) => {
        url.#parts = native.changeUrl(url.#parts[0], "search", query) ?? url.#parts;
      };
    }
  }

  web.enumerable(URL, ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "searchParams", "hash", "toString", "toJSON"]);
  web.define({ URL });
}
