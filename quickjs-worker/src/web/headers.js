// Headers (https://fetch.spec.whatwg.org/#headers-class)
export default function (web) {
  const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  const FORBIDDEN = /[\0\r\n]/;
  const BEYOND_BYTES = /[^\0-\xff]/;
  const SPACE_AROUND = /^[\t\n\r ]+|[\t\n\r ]+$/g;

  // Names that were found to be right, as they were written, to what they are in lower case.
  const known = new web.Table();

  function nameOf(name) {
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    const text = `${name}`;
    if (!TOKEN.test(text)) throw new TypeError(`invalid header name ${JSON.stringify(text)}`);
    const lower = text.toLowerCase();
    if (known.size < 256 && typeof name === "string") known.set(name, lower);
    return lower;
  }

  function valueOf(name, value) {
    const text = `${value}`.replace(SPACE_AROUND, "");
    if (FORBIDDEN.test(text)) throw new TypeError(`header ${name}: a value can't contain CR, LF or NUL`);
    if (BEYOND_BYTES.test(text)) throw new TypeError(`header ${name}: a value can't contain characters above U+00FF`);
    return text;
  }

  class Headers {
    // Names in lower case and values in turn, in the order in which they were added.
    #list = [];
    // What iteration shows, until something changes.
    #shown;

    constructor(init = undefined) {
      if (init !== undefined) this.#fill(init);
    }

    #fill(init) {
      if (init === null || (typeof init !== "object" && typeof init !== "function")) {
        throw new TypeError("headers are given as an object, a list of pairs or Headers");
      }
      const iterate = init[Symbol.iterator];
      if (#list in init && iterate === Headers.prototype.entries) this.#list = init.#list.slice();
      else if (iterate !== undefined && iterate !== null) this.#fillFromPairs(init);
      else this.#fillFromRecord(init);
    }

    // All of what is given is read before any of it is looked at.
    #fillFromPairs(pairs) {
      const read = [];
      for (const pair of pairs) {
        if (pair === null || (typeof pair !== "object" && typeof pair !== "function")) throw new TypeError("a header is a pair of name and value");
        read.push([...pair].map((part) => `${part}`));
      }
      for (const pair of read) {
        if (pair.length !== 2) throw new TypeError("a header is a pair of name and value");
        this.append(...pair);
      }
    }

    #fillFromRecord(record) {
      for (const name of Reflect.ownKeys(record)) {
        if (Reflect.getOwnPropertyDescriptor(record, name)?.enumerable) this.append(name, record[name]);
      }
    }

    append(name, value) {
      web.require(arguments, 2, "Headers.append");
      const lower = nameOf(name);
      this.#list.push(lower, valueOf(lower, value));
      this.#shown = undefined;
    }

    set(name, value) {
      web.require(arguments, 2, "Headers.set");
      const lower = nameOf(name), text = valueOf(lower, value), list = this.#list;
      const at = this.#find(lower);
      this.#shown = undefined;
      if (at < 0) return void list.push(lower, text);
      list[at + 1] = text;
      this.#remove(lower, at + 2);
    }

    delete(name) {
      web.require(arguments, 1, "Headers.delete");
      this.#remove(nameOf(name), 0);
    }

    get(name) {
      web.require(arguments, 1, "Headers.get");
      const lower = nameOf(name);
      const at = this.#find(lower);
      return at < 0 ? null : this.#joined(lower, at);
    }

    has(name) {
      web.require(arguments, 1, "Headers.has");
      return this.#find(nameOf(name)) >= 0;
    }

    getSetCookie() {
      return this.#list.filter((_, at, list) => at % 2 === 1 && list[at - 1] === "set-cookie");
    }

    #find(lower) {
      const list = this.#list;
      for (let at = 0; at < list.length; at += 2) if (list[at] === lower) return at;
      return -1;
    }

    #remove(lower, from) {
      const list = this.#list;
      this.#shown = undefined;
      let to = from;
      for (let at = from; at < list.length; at += 2) {
        if (list[at] === lower) continue;
        list[to++] = list[at];
        list[to++] = list[at + 1];
      }
      list.length = to;
    }

    #joined(lower, at) {
      const list = this.#list;
      let value = list[at + 1];
      for (at += 2; at < list.length; at += 2) if (list[at] === lower) value += `, ${list[at + 1]}`;
      return value;
    }

    // Sorted by name, values of one name joined; but each set-cookie for itself.
    #sorted() {
      const list = this.#list, pairs = [], seen = new Set();
      for (let at = 0; at < list.length; at += 2) {
        const name = list[at];
        if (name === "set-cookie") pairs.push([name, list[at + 1]]);
        else if (!seen.has(name)) pairs.push([name, this.#joined(name, at)]);
        seen.add(name);
      }
      return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    }

    static {
      // The text in which Rust and JavaScript hand each other headers: a line a name, a line a value.
      web.headersFromLines = (lines) => {
        const headers = new Headers();
        if (lines !== "") headers.#list = lines.split("\n");
        return headers;
      };
      web.headerAt = (headers, index) => (headers.#shown ??= headers.#sorted())[index];
      web.headersToLines = (headers) => headers.#list.join("\n");
    }
  }

  web.iterable(Headers, web.headerAt);
  web.shape(Headers);
  web.define({ Headers });
}
