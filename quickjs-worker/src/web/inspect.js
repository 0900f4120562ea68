// Values in words, for people: Node's util.inspect
export default function (web, native) {
  const CUSTOM = Symbol.for("nodejs.util.inspect.custom");
  // Own properties besides the elements are looked for only in lists that are no longer than this.
  const LONGEST_LIST = 10000;
  const IS_INDEX = /^(?:0|[1-9]\d{0,9})$/;
  const DOMException = globalThis.DOMException;

  function headingOf(error) {
    const message = String(error.message);
    const name = error instanceof DOMException ? `DOMException [${error.name}]` : String(error.name);
    return message === "" ? name : `${name}: ${message}`;
  }

  // What the engine tells of values that can't be told in JavaScript.
  const engine = {
    // The engine's stacks are frames alone.
    stackOf(error) {
      const { stack } = error;
      if (typeof stack !== "string" || stack === "") return undefined;
      return /^\s+at /.test(stack) ? `${headingOf(error)}\n${stack.trimEnd()}` : stack;
    },
    promiseOf(promise, pending, rejected) {
      const [state, outcome] = native.promiseOf(promise) ?? ["pending"];
      return [state === "pending" ? pending : state === "rejected" ? rejected : state, outcome];
    },
    proxyOf(value, whole = true) {
      const parts = native.proxyOf(value);
      return parts === undefined || whole ? parts : parts[0];
    },
    otherKeys(list, filter) {
      if (list.length > LONGEST_LIST) return [];
      const keys = Reflect.ownKeys(list).filter((key) => typeof key === "symbol" || !IS_INDEX.test(key));
      return filter === 2 ? keys.filter((key) => Object.getOwnPropertyDescriptor(list, key).enumerable) : keys;
    },
  };

  const { inspect, formatWithOptions, getStringWidth } = native.vendored("inspect.js")(engine);

  const guarded = (show) => {
    try {
      return show();
    } catch {
      return "[a value that could not be shown]";
    }
  };

  web.inspect = (value, options = undefined) => guarded(() => inspect(value, options));
  web.format = (args) => guarded(() => formatWithOptions({}, ...args));
  web.widthOf = getStringWidth;

  // What is not a Response, for the message that says so.
  web.kindOf = (value) => {
    if (value === null || typeof value !== "object") return value === null ? "null" : typeof value === "string" ? "a string" : typeof value;
    return `an object (${web.inspect(value).slice(0, 200)})`;
  };

  // What objects of Web APIs show, whose state is no property.
  const showing = (Class, parts) => Object.defineProperty(Class.prototype, CUSTOM, {
    value(depth, options, show) {
      return `${this.constructor.name} ${show(parts(this), options)}`;
    },
    writable: true, configurable: true,
  });
  const URL_PARTS = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "searchParams", "hash"];
  showing(URL, (url) => Object.fromEntries(URL_PARTS.map((part) => [part, url[part]])));
  showing(Headers, (headers) => Object.fromEntries(headers));
  Object.defineProperty(URLSearchParams.prototype, CUSTOM, {
    value(depth, options, show) {
      const shown = (text) => show(text, options);
      const pairs = [...this].map(([name, value]) => `${shown(name)} => ${shown(value)}`);
      return pairs.length === 0 ? "URLSearchParams {}" : `URLSearchParams { ${pairs.join(", ")} }`;
    },
    writable: true, configurable: true,
  });
}
