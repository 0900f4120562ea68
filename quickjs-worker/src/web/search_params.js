// URLSearchParams (https://url.spec.whatwg.org/#urlsearchparams)
export default function (web, native) {
  const textOf = (value) => `${value}`.toWellFormed();

  function listOf(pair) {
    if (pair === null || (typeof pair !== "object" && typeof pair !== "function")) throw new TypeError("a parameter is a pair of name and value");
    return [...pair].map(textOf);
  }

  class URLSearchParams {
    // Names and values in turn.
    #list = [];
    // The URL that these are the query of, if they are.
    #url;

    constructor(init = "") {
      if (typeof init === "object" && init !== null || typeof init === "function") this.#fill(init);
      else this.#parse(textOf(init));
    }

    #parse(query) {
      const bare = query.startsWith("?") ? query.slice(1) : query;
      this.#list = bare === "" ? [] : native.parseForm(bare);
    }

    #fill(init) {
      const iterate = init[Symbol.iterator];
      if (iterate !== undefined && iterate !== null) {
        for (const pair of init) this.#add(pair);
        return;
      }
      for (const name of Reflect.ownKeys(init)) {
        if (Reflect.getOwnPropertyDescriptor(init, name)?.enumerable) this.#put(textOf(name), textOf(init[name]));
      }
    }

    #add(pair) {
      const [name, value, ...more] = listOf(pair);
      if (value === undefined || more.length > 0) throw new TypeError("a parameter is a pair of name and value");
      this.#list.push(name, value);
    }

    #changed() {
      if (this.#url !== undefined) web.setQuery(this.#url, this.toString());
    }

    get size() {
      return this.#list.length / 2;
    }

    append(name, value) {
      web.require(arguments, 2, "URLSearchParams.append");
      const key = textOf(name);
      this.#list.push(key, textOf(value));
      this.#changed();
    }

    delete(name, value = undefined) {
      web.require(arguments, 1, "URLSearchParams.delete");
      const wanted = value === undefined ? undefined : textOf(value);
      this.#remove(textOf(name), wanted, 0);
      this.#changed();
    }

    get(name) {
      web.require(arguments, 1, "URLSearchParams.get");
      const at = this.#find(textOf(name), undefined);
      return at < 0 ? null : this.#list[at + 1];
    }

    getAll(name) {
      web.require(arguments, 1, "URLSearchParams.getAll");
      const wanted = textOf(name);
      return this.#list.filter((_, at, list) => at % 2 === 1 && list[at - 1] === wanted);
    }

    has(name, value = undefined) {
      web.require(arguments, 1, "URLSearchParams.has");
      return this.#find(textOf(name), value === undefined ? undefined : textOf(value)) >= 0;
    }

    set(name, value) {
      web.require(arguments, 2, "URLSearchParams.set");
      this.#put(textOf(name), textOf(value));
      this.#changed();
    }

    #put(name, text) {
      const at = this.#find(name, undefined);
      if (at < 0) {
        this.#list.push(name, text);
      } else {
        this.#list[at + 1] = text;
        this.#remove(name, undefined, at + 2);
      }
    }

    sort() {
      const pairs = Array.from({ length: this.size }, (_, index) => web.paramAt(this, index));
      this.#list = pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat();
      this.#changed();
    }

    toString() {
      return native.serializeForm(this.#list);
    }

    #find(name, value) {
      const list = this.#list;
      for (let at = 0; at < list.length; at += 2) {
        if (list[at] === name && (value === undefined || list[at + 1] === value)) return at;
      }
      return -1;
    }

    #remove(name, value, from) {
      this.#list = this.#list.filter((_, at, list) => {
        const pair = at - (at % 2);
        return pair < from || list[pair] !== name || (value !== undefined && list[pair + 1] !== value);
      });
    }

    static {
      web.isParams = (value) => #list in value;
      // The parameters of a URL, which change with it and which it changes with.
      web.paramsOf = (url, query) => {
        const params = new URLSearchParams(query);
        params.#url = url;
        return params;
      };
      web.paramAt = (params, index) => {
        const list = params.#list, at = 2 * index;
        return at < list.length ? [list[at], list[at + 1]] : undefined;
      };
      web.refillParams = (params, query) => params.#parse(query);
    }
  }

  web.iterable(URLSearchParams, web.paramAt);
  web.shape(URLSearchParams);
  web.define({ URLSearchParams });
}
