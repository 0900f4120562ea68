// structuredClone (https://html.spec.whatwg.org/#structured-cloning)
export default function (web) {
  const ERRORS = new Set(["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"]);
  const BOXES = [Boolean, Number, String, BigInt];

  const refuse = (what) => {
    throw new DOMException(`${what} can't be cloned`, "DataCloneError");
  };

  class Cloning {
    // Originals to copies, so that cycles and values that occur twice stay what they are.
    #copies = new Map();

    transfer(buffer) {
      if (!(buffer instanceof ArrayBuffer) || buffer.detached || this.#copies.has(buffer)) refuse("what is to be transferred");
      this.#copies.set(buffer, undefined);
    }

    // Only when all else has been cloned: a failure leaves the buffers where they are.
    static finish(cloning, value) {
      for (const buffer of cloning.#copies.keys()) cloning.#copies.set(buffer, new ArrayBuffer(buffer.byteLength));
      const transferred = [...cloning.#copies];
      const copy = cloning.clone(value);
      for (const [buffer, moved] of transferred) {
        new Uint8Array(moved).set(new Uint8Array(buffer));
        buffer.transfer(0);
      }
      return copy;
    }

    clone(value) {
      if (typeof value === "symbol" || typeof value === "function") refuse(`a ${typeof value}`);
      if (typeof value !== "object" || value === null) return value;
      return this.#copies.get(value) ?? this.#object(value);
    }

    #keep(value, copy) {
      this.#copies.set(value, copy);
      return copy;
    }

    #object(value) {
      if (Array.isArray(value)) return this.#properties(value, this.#keep(value, new Array(value.length)));
      if (value instanceof Date) return this.#keep(value, new Date(value.getTime()));
      if (value instanceof RegExp) return this.#keep(value, new RegExp(value.source, value.flags));
      if (value instanceof Map) return this.#map(value);
      if (value instanceof Set) return this.#set(value);
      if (value instanceof ArrayBuffer) return this.#keep(value, value.slice());
      if (ArrayBuffer.isView(value)) return this.#view(value);
      if (value instanceof Error) return this.#error(value);
      if (BOXES.some((Box) => value instanceof Box)) return this.#keep(value, Object(value.valueOf()));
      // Other kinds of objects are more than their properties.
      const kind = Object.prototype.toString.call(value);
      if (kind !== "[object Object]") refuse(kind);
      return this.#properties(value, this.#keep(value, {}));
    }

    #properties(value, copy) {
      for (const key of Object.keys(value)) copy[key] = this.clone(value[key]);
      return copy;
    }

    #map(value) {
      const copy = this.#keep(value, new Map());
      for (const [key, item] of [...value]) copy.set(this.clone(key), this.clone(item));
      return copy;
    }

    #set(value) {
      const copy = this.#keep(value, new Set());
      for (const item of [...value]) copy.add(this.clone(item));
      return copy;
    }

    #view(value) {
      const buffer = this.clone(value.buffer);
      const length = value instanceof DataView ? value.byteLength : value.length;
      return this.#keep(value, new globalThis[this.#viewName(value)](buffer, value.byteOffset, length));
    }

    #viewName(value) {
      return value instanceof DataView ? "DataView" : value[Symbol.toStringTag];
    }

    #error(value) {
      const name = ERRORS.has(value.name) ? value.name : "Error";
      const copy = this.#keep(value, new globalThis[name](value.message));
      Object.defineProperty(copy, "stack", { value: value.stack, writable: true, configurable: true });
      if ("cause" in value) Object.defineProperty(copy, "cause", { value: this.clone(value.cause), writable: true, configurable: true });
      return copy;
    }
  }

  web.define({
    structuredClone: (value, options = undefined) => {
      const cloning = new Cloning();
      for (const buffer of options?.transfer ?? []) cloning.transfer(buffer);
      return Cloning.finish(cloning, value);
    },
  });
}
