// Values in words, for people: what console.log shows of an object
export default function (web) {
  const DEEPEST = 4;
  const MOST_ENTRIES = 100;
  // Once there is this much text, the rest of a value is left out: a log line is cut there anyway.
  const ENOUGH = 16384;
  const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/;

  class Inspection {
    #open = new Set();
    #length = 0;

    show(value, nested) {
      const text = this.#show(value, nested);
      this.#length += text.length;
      return text;
    }

    #show(value, nested) {
      switch (typeof value) {
        case "string": return nested ? JSON.stringify(value) : value;
        case "bigint": return `${value}n`;
        case "function": return `[${value.toString().startsWith("class") ? "class" : "function"} ${value.name || "(anonymous)"}]`;
        case "object": return value === null ? "null" : this.#object(value);
        default: return Object.is(value, -0) ? "-0" : String(value);
      }
    }

    #object(value) {
      if (this.#open.has(value)) return "[circular]";
      if (value instanceof Error) return web.describe(value)[1];
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
      if (value instanceof RegExp) return String(value);
      if (this.#open.size >= DEEPEST || this.#length > ENOUGH) return Array.isArray(value) ? "[…]" : "{…}";
      this.#open.add(value);
      const text = this.#entries(value);
      this.#open.delete(value);
      return text;
    }

    #entries(value) {
      if (Array.isArray(value)) return this.#list("[", value, "]", (item) => this.show(item, true));
      if (value instanceof Map) return this.#list(`Map(${value.size}) {`, value, "}", ([k, v]) => `${this.show(k, true)} => ${this.show(v, true)}`);
      if (value instanceof Set) return this.#list(`Set(${value.size}) {`, value, "}", (item) => this.show(item, true));
      if (value instanceof ArrayBuffer) return `ArrayBuffer(${value.byteLength})`;
      if (value instanceof Promise) return "Promise {}";
      if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
        return this.#list(`${value.constructor.name}(${value.length}) [`, value, "]", String);
      }
      if (value instanceof URL) return `URL ${JSON.stringify(value.href)}`;
      if (typeof value.entries === "function" && (value instanceof Headers || value instanceof URLSearchParams)) {
        return this.#list(`${value.constructor.name} {`, value, "}", ([k, v]) => `${JSON.stringify(k)}: ${JSON.stringify(v)}`);
      }
      return this.#properties(value);
    }

    #properties(value) {
      const name = Object.getPrototypeOf(value)?.constructor?.name;
      const start = name === undefined || name === "Object" ? "{" : `${name} {`;
      const keys = Reflect.ownKeys(value).filter((key) => Reflect.getOwnPropertyDescriptor(value, key)?.enumerable);
      return this.#list(start, keys, "}", (key) => `${this.#key(key)}: ${this.#property(value, key)}`);
    }

    #key(key) {
      if (typeof key === "symbol") return `[${String(key)}]`;
      return PLAIN_KEY.test(key) ? key : JSON.stringify(key);
    }

    // A getter is not called: looking at a value shouldn't change anything.
    #property(value, key) {
      const property = Reflect.getOwnPropertyDescriptor(value, key);
      return property !== undefined && "value" in property ? this.show(property.value, true) : "[getter]";
    }

    #list(start, items, end, show) {
      const texts = [];
      for (const item of items) {
        if (texts.length === MOST_ENTRIES || this.#length > ENOUGH) {
          texts.push("…");
          break;
        }
        texts.push(show(item));
      }
      if (texts.length === 0) return start + end;
      return start.endsWith("[") ? `${start}${texts.join(", ")}${end}` : `${start} ${texts.join(", ")} ${end}`;
    }
  }

  // A value as text; a string is itself.
  web.inspect = (value) => {
    try {
      return new Inspection().show(value, false);
    } catch {
      return "[a value that could not be shown]";
    }
  };

  // What is not a Response, for the message that says so.
  web.kindOf = (value) => {
    if (value === null || typeof value !== "object") return value === null ? "null" : typeof value === "string" ? "a string" : typeof value;
    return `an object (${web.inspect(value).slice(0, 200)})`;
  };
}
