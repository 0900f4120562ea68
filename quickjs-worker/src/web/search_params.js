// URLSearchParams (https://url.spec.whatwg.org/#urlsearchparams)
export default function (web, native) {
  // Says to the constructor that it is given a list.
  const READY = Symbol();

  const textOf = (value) => (typeof value === "string" ? value : `${value}`).toWellFormed();

  function listOf(pair) {
    if (pair === null || (typeof pair !== "object" && typeof pair !== "function")) throw new TypeError("a parameter is a pair of name and value");
    return [...pair].map(textOf);
  }

  function parse(query) {
    const bare = query.startsWith("?") ? query.slice(1) : query;
    return bare === "" ? [] : native.parseForm(bare);
  }

  let changed;

  function find(list, name, value) {
    for (let at = 0; at < list.length; at += 2) {
      if (list[at] === name && (value === undefined || list[at + 1] === value)) return at;
    }
    return -1;
  }

  function put(list, name, text) {
    const at = find(list, name, undefined);
    if (at < 0) {
      list.push(name, text);
    } else {
      list[at + 1] = text;
      remove(list, name, undefined, at + 2);
    }
  }

  // Takes out what has this name, and this value if there is one, from a place on.
  function remove(list, name, value, from) {
    let to = from;
    for (let at = from; at < list.length; at += 2) {
      if (list[at] === name && (value === undefined || list[at + 1] === value)) continue;
      list[to++] = list[at];
      list[to++] = list[at + 1];
    }
    list.length = to;
  }

  function add(list, pair) {
    const [name, value, ...more] = listOf(pair);
    if (value === undefined || more.length > 0) throw new TypeError("a parameter is a pair of name and value");
    list.push(name, value);
  }

  function listOfObject(init) {
    const list = [], iterate = init[Symbol.iterator];
    if (iterate !== undefined && iterate !== null) {
      for (const pair of init) add(list, pair);
      return list;
    }
    for (const name of Reflect.ownKeys(init)) {
      if (Reflect.getOwnPropertyDescriptor(init, name)?.enumerable) put(list, textOf(name), textOf(init[name]));
    }
    return list;
  }

  const listOfInit = (init) =>
    typeof init === "object" && init !== null || typeof init === "function" ? listOfObject(init) : parse(textOf(init));

  // No methods are private: each object of a class that has some is marked when it is made.
  class URLSearchParams {
    // Names and values in turn.
    #list;
    // The parts of the URL that these are the query of, if they are. Not the URL, which has these: no circle is to be collected.
    #url;

    constructor(init = "", url = undefined) {
      if (init === READY) {
        this.#list = native.parseQuery(url[0]);
        this.#url = url;
      } else {
        this.#list = listOfInit(init);
      }
    }

    get size() {
      return this.#list.length / 2;
    }

    append(name, value) {
      web.require(arguments, 2, "URLSearchParams.append");
      const key = textOf(name);
      this.#list.push(key, textOf(value));
      changed(this);
    }

    delete(name, value = undefined) {
      web.require(arguments, 1, "URLSearchParams.delete");
      const wanted = value === undefined ? undefined : textOf(value);
      remove(this.#list, textOf(name), wanted, 0);
      changed(this);
    }

    get(name) {
      if (arguments.length === 0) web.require(arguments, 1, "URLSearchParams.get");
      const list = this.#list, at = find(list, textOf(name), undefined);
      return at < 0 ? null : list[at + 1];
    }

    getAll(name) {
      web.require(arguments, 1, "URLSearchParams.getAll");
      const wanted = textOf(name);
      return this.#list.filter((_, at, list) => at % 2 === 1 && list[at - 1] === wanted);
    }

    has(name, value = undefined) {
      web.require(arguments, 1, "URLSearchParams.has");
      return find(this.#list, textOf(name), value === undefined ? undefined : textOf(value)) >= 0;
    }

    set(name, value) {
      web.require(arguments, 2, "URLSearchParams.set");
      put(this.#list, textOf(name), textOf(value));
      changed(this);
    }

    sort() {
      const pairs = Array.from({ length: this.size }, (_, index) => web.paramAt(this, index));
      this.#list = pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat();
      changed(this);
    }

    toString() {
      return native.serializeForm(this.#list);
    }

    static {
      changed = (params) => {
        if (params.#url !== undefined) web.setQuery(params.#url, params.toString());
      };
      web.isParams = (value) => #list in value;
      // The parameters of a URL, which change with it and which it changes with: it is given by its parts.
      web.paramsOf = (url) => new URLSearchParams(READY, url);
      web.paramAt = (params, index) => {
        const list = params.#list, at = 2 * index;
        return at < list.length ? [list[at], list[at + 1]] : undefined;
      };
      web.refillParams = (params, query) => {
        params.#list = parse(query);
      };
    }
  }

  web.iterable(URLSearchParams, web.paramAt);
  web.shape(URLSearchParams);
  web.define({ URLSearchParams });
}
