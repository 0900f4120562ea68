// URLSearchParams (https://url.spec.whatwg.org/#urlsearchparams)
export default function (web, native) {
  const textOf = (value) => `${value}`.toWellFormed();

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
      if (init[Symbol.iterator] !== undefined) {
        for (const pair of init) this.#add([...pair]);
        return;
      }
      for (const name of Reflect.ownKeys(init)) {
        if (Reflect.getOwnPropertyDescriptor(init, name)?.enumerable) this.set(name, init[name]);
      }
    }

    #add(pair) {
      if (pair.length !== 2) throw new TypeError("a parameter is a pair of name and value");
      this.#list.push(textOf(pair[0]), textOf(pair[1]));
    }

    #changed() {
      if (this.#url !== undefined) web.setQuery(this.#url, this.toString());
    }

    get size() {
      return this.#list.length / 2;
    }

    append(name, value) {
      this.#list.push(textOf(name), textOf(value));
      this.#changed();
    }

    delete(name, value = undefined) {
      const wanted = value === undefined ? undefined : textOf(value);
      this.#remove(textOf(name), wanted, 0);
      this.#changed();
    }

    get(name) {
      const at = this.#find(textOf(name), undefined);
      return at < 0 ? null : this.#list[at + 1];
    }

    getAll(name) {
      const wanted = textOf(name);
      return this.#list.filter((_, at, list) => at % 2 === 1 && list[at - 1] === wanted);
    }

    has(name, value = undefined) {
      return this.#find(textOf(name), value === undefined ? undefined : textOf(value)) >= 0;
    }

    set(name, value) {
      const wanted = textOf(name), text = textOf(value);
      const at = this.#find(wanted, undefined);
      if (at < 0) {
        this.#list.push(wanted, text);
      } else {
        this.#list[at + 1] = text;
        this.#remove(wanted, undefined, at + 2);
      }
      this.#changed();
    }

    sort() {
      const pairs = [...this.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#list = pairs.flat();
      this.#changed();
    }

    forEach(callback, thisArg = undefined) {
      for (const [name, value] of this.entries()) callback.call(thisArg, value, name, this);
    }

    *entries() {
      for (let at = 0; at < this.#list.length; at += 2) yield [this.#list[at], this.#list[at + 1]];
    }

    *keys() {
      for (let at = 0; at < this.#list.length; at += 2) yield this.#list[at];
    }

    *values() {
      for (let at = 1; at < this.#list.length; at += 2) yield this.#list[at];
    }

    toString() {
      return native.serializeForm(this.#list);
    }

    get [Symbol.toStringTag]() {
      return "URLSearchParams";
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
      web.refillParams = (params, query) => params.#parse(query);
    }
  }

  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    value: URLSearchParams.prototype.entries, writable: true, configurable: true,
  });
  web.enumerable(URLSearchParams, ["size", "append", "delete", "get", "getAll", "has", "set", "sort", "forEach", "entries", "keys", "values", "toString"]);
  web.define({ URLSearchParams });
}
