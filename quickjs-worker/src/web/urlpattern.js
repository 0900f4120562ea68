// URLPattern (https://urlpattern.spec.whatwg.org)
export default function (web, native) {
  const COMPONENTS = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"];
  const MEMBERS = [...COMPONENTS, "baseURL"];
  const { URL, RegExp } = globalThis;
  const run = Function.prototype.call.bind(RegExp.prototype.exec);

  const textOf = (value) => `${value}`.toWellFormed();
  const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

  const membersOf = (init) => MEMBERS.map((name) => (init[name] === undefined ? undefined : textOf(init[name])));

  // The standard's flag is "v". What the crate puts around a function's own expressions is for "u", and nearly always fits both.
  function expression(source, ignoreCase) {
    const more = ignoreCase ? "i" : "";
    try {
      return new RegExp(source, `v${more}`);
    } catch {
      return new RegExp(source, `u${more}`);
    }
  }

  function compiled([pattern, source, names], ignoreCase) {
    try {
      return { pattern, regexp: expression(source, ignoreCase), names };
    } catch (error) {
      throw new TypeError(`URLPattern: invalid regular expression in ${JSON.stringify(pattern)}: ${error.message}`);
    }
  }

  // The parts of what is to be matched, or undefined if it is no URL.
  function partsOf(input, base) {
    if (isObject(input)) {
      if (base !== undefined) throw new TypeError("URLPattern: an object has its base in baseURL");
      return native.partsOfInit(membersOf(input));
    }
    const url = URL.parse(input, base);
    if (url === null) return undefined;
    return [url.protocol.slice(0, -1), url.username, url.password, url.hostname, url.port, url.pathname, url.search.slice(1), url.hash.slice(1)];
  }

  class URLPattern {
    #components;
    #hasRegExpGroups;

    constructor(input = {}, baseOrOptions = undefined, options = undefined) {
      const hasBase = baseOrOptions !== undefined && !isObject(baseOrOptions) && baseOrOptions !== null;
      const { ignoreCase: ignored } = web.dictionary(hasBase ? options : baseOrOptions, "a URLPattern");
      const base = hasBase ? textOf(baseOrOptions) : undefined, ignoreCase = Boolean(ignored);
      if (isObject(input) && hasBase) throw new TypeError("URLPattern: an object has its base in baseURL");
      const answer = isObject(input)
        ? native.compilePattern(undefined, undefined, membersOf(input), ignoreCase)
        : native.compilePattern(textOf(input ?? {}), base, [], ignoreCase);
      this.#hasRegExpGroups = answer[8];
      this.#components = COMPONENTS.map((_, at) => compiled(answer[at], ignoreCase));
    }

    static #pattern(pattern, at) {
      return pattern.#components[at].pattern;
    }

    get hasRegExpGroups() {
      return this.#hasRegExpGroups;
    }

    test(input = {}, base = undefined) {
      return this.#match(isObject(input) ? input : textOf(input), base === undefined ? undefined : textOf(base)) !== null;
    }

    exec(input = {}, base = undefined) {
      const given = isObject(input) ? input : textOf(input), text = base === undefined ? undefined : textOf(base);
      const matches = this.#match(given, text);
      if (matches === null) return null;
      const result = { inputs: text === undefined ? [given] : [given, text] };
      COMPONENTS.forEach((name, at) => {
        const [input, ...groups] = matches[at];
        result[name] = { input, groups: Object.fromEntries(this.#components[at].names.map((group, index) => [group, groups[index]])) };
      });
      return result;
    }

    // For each component its whole text and its groups; null if one doesn't match.
    #match(input, base) {
      const parts = partsOf(input, base);
      if (parts === undefined) return null;
      const matches = [];
      for (const [at, { regexp }] of this.#components.entries()) {
        const match = run(regexp, parts[at]);
        if (match === null) return null;
        matches.push(match);
      }
      return matches;
    }

    static {
      COMPONENTS.forEach((name, at) => Object.defineProperty(URLPattern.prototype, name, Object.getOwnPropertyDescriptor({
        get [name]() {
          return URLPattern.#pattern(this, at);
        },
      }, name)));
    }
  }

  web.shape(URLPattern);
  web.define({ URLPattern });
}
