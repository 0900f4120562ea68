// Deep equality as Node has it (https://nodejs.org/api/assert.html#comparison-details_1)
const BOXES = [Boolean, Number, String, BigInt, Symbol];
const tagOf = (value) => Object.prototype.toString.call(value);
const isObject = (value) => typeof value === "object" && value !== null;
const keysOf = (value) => Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
const viewOf = (value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength));

class Comparison {
  // Pairs that are being compared: a cycle is equal to a cycle of the same shape.
  #open = new Map();
  #strict;

  constructor(strict) {
    this.#strict = strict;
  }

  equal(a, b) {
    if (this.#strict ? Object.is(a, b) : a === b || (a !== a && b !== b)) return true;
    if (!isObject(a) || !isObject(b)) return !this.#strict && !isObject(a) && !isObject(b) && a == b;
    if (this.#strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    if (tagOf(a) !== tagOf(b) || Array.isArray(a) !== Array.isArray(b)) return false;
    if (this.#open.has(a)) return this.#open.get(a) === b;
    this.#open.set(a, b);
    const equal = this.#content(a, b) && this.#properties(a, b);
    this.#open.delete(a);
    return equal;
  }

  #content(a, b) {
    if (Array.isArray(a)) return a.length === b.length;
    if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
    if (a instanceof RegExp) return String(a) === String(b) && a.lastIndex === b.lastIndex;
    if (a instanceof Error) return a.message === b.message && a.name === b.name && this.equal(a.cause, b.cause) && this.equal(a.errors, b.errors);
    if (a instanceof ArrayBuffer || ArrayBuffer.isView(a)) return this.#bytes(viewOf(a), viewOf(b));
    if (a instanceof Map) return b instanceof Map && a.size === b.size && this.#maps(a, b);
    if (a instanceof Set) return b instanceof Set && a.size === b.size && this.#sets([...a], [...b]);
    if (BOXES.some((Box) => a instanceof Box)) return Object.is(a.valueOf(), b.valueOf());
    // What these hold can't be seen: each is equal to itself only.
    return !(a instanceof Promise || a instanceof WeakMap || a instanceof WeakSet);
  }

  #bytes(a, b) {
    return a.length === b.length && a.every((byte, at) => byte === b[at]);
  }

  #maps(a, b) {
    const rest = [];
    for (const [key, value] of a) {
      if (b.has(key) && this.equal(value, b.get(key))) continue;
      rest.push([key, value]);
    }
    return rest.length === 0 || this.#sets(rest, [...b].filter(([key]) => !(a.has(key) && !rest.some(([k]) => Object.is(k, key)))));
  }

  // Each of the ones has an equal of its own among the others.
  #sets(ones, others) {
    const free = new Set(others);
    return ones.every((one) => {
      const found = [...free].find((other) => (Array.isArray(one) && Array.isArray(other) ? this.equal([...one], [...other]) : this.equal(one, other)));
      return (found !== undefined || free.has(undefined)) && free.delete(found);
    });
  }

  #properties(a, b) {
    const isView = ArrayBuffer.isView(a);
    const keys = isView ? [] : keysOf(a), others = isView ? [] : keysOf(b);
    return keys.length === others.length && keys.every((key) => Object.hasOwn(b, key) && this.equal(a[key], b[key]));
  }
}

export const isDeepStrictEqual = (a, b) => new Comparison(true).equal(a, b);
export const isDeepLooseEqual = (a, b) => new Comparison(false).equal(a, b);
