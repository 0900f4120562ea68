// Headers (https://fetch.spec.whatwg.org/#headers-class)
export default function (web, native) {
  const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  const FORBIDDEN = /[\0\r\n]/;
  const BEYOND_BYTES = /[^\0-\xff]/;
  const SPACE_AROUND = /^[\t\n\r ]+|[\t\n\r ]+$/g;
  const { ownKeys } = Reflect;
  // As a look at the descriptor, without making one.
  const isEnumerable = Function.prototype.call.bind(Object.prototype.propertyIsEnumerable);

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
    if (typeof value === "string" && native.isPlainField(value)) return value;
    const text = `${value}`.replace(SPACE_AROUND, "");
    if (FORBIDDEN.test(text)) throw new TypeError(`header ${name}: a value can't contain CR, LF or NUL`);
    if (BEYOND_BYTES.test(text)) throw new TypeError(`header ${name}: a value can't contain characters above U+00FF`);
    return text;
  }

  function find(list, lower) {
    for (let at = 0; at < list.length; at += 2) if (list[at] === lower) return at;
    return -1;
  }

  function add(list, name, value) {
    const lower = nameOf(name);
    list.push(lower, valueOf(lower, value));
  }

  function remove(list, lower, from) {
    let to = from;
    for (let at = from; at < list.length; at += 2) {
      if (list[at] === lower) continue;
      list[to++] = list[at];
      list[to++] = list[at + 1];
    }
    list.length = to;
  }

  function joined(list, lower, at) {
    let value = list[at + 1];
    for (at += 2; at < list.length; at += 2) if (list[at] === lower) value += `, ${list[at + 1]}`;
    return value;
  }

  // Sorted by name, values of one name joined; but each set-cookie for itself.
  function sorted(list) {
    const pairs = [], seen = new Set();
    for (let at = 0; at < list.length; at += 2) {
      const name = list[at];
      if (name === "set-cookie") pairs.push([name, list[at + 1]]);
      else if (!seen.has(name)) pairs.push([name, joined(list, name, at)]);
      seen.add(name);
    }
    return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  // All of what is given is read before any of it is looked at.
  function listOfPairs(pairs) {
    const read = [], list = [];
    for (const pair of pairs) {
      if (pair === null || (typeof pair !== "object" && typeof pair !== "function")) throw new TypeError("a header is a pair of name and value");
      read.push([...pair].map((part) => `${part}`));
    }
    for (const pair of read) {
      if (pair.length !== 2) throw new TypeError("a header is a pair of name and value");
      add(list, pair[0], pair[1]);
    }
    return list;
  }

  function listOfRecord(record) {
    const list = [], names = ownKeys(record);
    for (let at = 0; at < names.length; at++) {
      const name = names[at];
      if (isEnumerable(record, name)) add(list, name, record[name]);
    }
    return list;
  }

  // Adds what goes with a body, unless there is one of that name.
  web.addToList = (list, name, value) => {
    if (find(list, name) < 0) add(list, name, value);
    return list;
  };

  // No methods are private: each object of a class that has some is marked when it is made.
  class Headers {
    // Names in lower case and values in turn, in the order in which they were added.
    #list;
    // What iteration shows, until something changes.
    #shown;

    constructor(init = undefined) {
      this.#list = init === undefined ? [] : web.headerList(init);
    }

    append(name, value) {
      web.require(arguments, 2, "Headers.append");
      add(this.#list, name, value);
      this.#shown = undefined;
    }

    set(name, value) {
      web.require(arguments, 2, "Headers.set");
      const lower = nameOf(name), text = valueOf(lower, value), list = this.#list;
      const at = find(list, lower);
      this.#shown = undefined;
      if (at < 0) return void list.push(lower, text);
      list[at + 1] = text;
      remove(list, lower, at + 2);
    }

    delete(name) {
      web.require(arguments, 1, "Headers.delete");
      remove(this.#list, nameOf(name), 0);
      this.#shown = undefined;
    }

    get(name) {
      if (arguments.length === 0) web.require(arguments, 1, "Headers.get");
      const lower = nameOf(name), list = this.#list;
      const at = find(list, lower);
      return at < 0 ? null : joined(list, lower, at);
    }

    has(name) {
      web.require(arguments, 1, "Headers.has");
      return find(this.#list, nameOf(name)) >= 0;
    }

    getSetCookie() {
      return this.#list.filter((_, at, list) => at % 2 === 1 && list[at - 1] === "set-cookie");
    }

    static {
      // Names and values of what headers can be made of.
      web.headerList = (init) => {
        if (init === null || (typeof init !== "object" && typeof init !== "function")) {
          throw new TypeError("headers are given as an object, a list of pairs or Headers");
        }
        const iterate = init[Symbol.iterator];
        if (#list in init && iterate === Headers.prototype.entries) return init.#list.slice();
        return iterate !== undefined && iterate !== null ? listOfPairs(init) : listOfRecord(init);
      };
      web.headersOfList = (list) => {
        const headers = new Headers();
        headers.#list = list;
        return headers;
      };
      // The text in which Rust and JavaScript hand each other headers: a line a name, a line a value.
      web.headersFromLines = (lines) => web.headersOfList(lines === "" ? [] : lines.split("\n"));
      web.headerAt = (headers, index) => (headers.#shown ??= sorted(headers.#list))[index];
      web.headersToLines = (headers) => web.listToLines(headers.#list);
      web.listToLines = (list) => (list.length === 2 ? `${list[0]}\n${list[1]}` : list.join("\n"));
      web.addHeader = (headers, name, value) => web.addToList(headers.#list, name, value);
    }
  }

  web.iterable(Headers, web.headerAt);
  web.shape(Headers);
  web.define({ Headers });
}
