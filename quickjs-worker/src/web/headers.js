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

    constructor(init = undefined) {
      if (init !== undefined) this.#fill(init);
    }

    #fill(init) {
      if (init === null || (typeof init !== "object" && typeof init !== "function")) {
        throw new TypeError("headers are given as an object, a list of pairs or Headers");
      }
      if (#list in init && init[Symbol.iterator] === Headers.prototype.entries) this.#list = init.#list.slice();
      else if (init[Symbol.iterator] !== undefined) this.#fillFromPairs(init);
      else for (const name of Reflect.ownKeys(init)) this.#fillFromProperty(init, name);
    }

    #fillFromPairs(pairs) {
      for (const pair of pairs) {
        const [name, value, ...more] = [...pair];
        if (value === undefined || more.length > 0) throw new TypeError("a header is a pair of name and value");
        this.append(name, value);
      }
    }

    #fillFromProperty(object, name) {
      if (Reflect.getOwnPropertyDescriptor(object, name)?.enumerable) this.append(name, object[name]);
    }

    append(name, value) {
      const lower = nameOf(name);
      this.#list.push(lower, valueOf(lower, value));
    }

    set(name, value) {
      const lower = nameOf(name), text = valueOf(lower, value), list = this.#list;
      const at = this.#find(lower);
      if (at < 0) return void list.push(lower, text);
      list[at + 1] = text;
      this.#remove(lower, at + 2);
    }

    delete(name) {
      this.#remove(nameOf(name), 0);
    }

    get(name) {
      const lower = nameOf(name);
      const at = this.#find(lower);
      return at < 0 ? null : this.#joined(lower, at);
    }

    has(name) {
      return this.#find(nameOf(name)) >= 0;
    }

    getSetCookie() {
      return this.#list.filter((_, at, list) => at % 2 === 1 && list[at - 1] === "set-cookie");
    }

    forEach(callback, thisArg = undefined) {
      for (const [name, value] of this.entries()) callback.call(thisArg, value, name, this);
    }

    *entries() {
      yield* this.#sorted();
    }

    *keys() {
      for (const [name] of this.#sorted()) yield name;
    }

    *values() {
      for (const [, value] of this.#sorted()) yield value;
    }

    get [Symbol.toStringTag]() {
      return "Headers";
    }

    #find(lower) {
      const list = this.#list;
      for (let at = 0; at < list.length; at += 2) if (list[at] === lower) return at;
      return -1;
    }

    #remove(lower, from) {
      const list = this.#list;
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
      web.headersToLines = (headers) => headers.#list.join("\n");
    }
  }

  Object.defineProperty(Headers.prototype, Symbol.iterator, {
    value: Headers.prototype.entries, writable: true, configurable: true,
  });
  web.enumerable(Headers, ["append", "set", "delete", "get", "has", "getSetCookie", "forEach", "entries", "keys", "values"]);
  web.define({ Headers });
}
