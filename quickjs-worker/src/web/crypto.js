// crypto.getRandomValues, crypto.randomUUID, crypto.subtle (https://w3c.github.io/webcrypto/), and Math.random
export default function (web, native) {
  const QUOTA = 65536;
  const INTEGERS = ["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
    "Uint32Array", "BigInt64Array", "BigUint64Array"].map((name) => globalThis[name]);

  const MAKING = Symbol("made once");

  class Crypto {
    #made = true;

    constructor() {
      if (arguments[0] !== MAKING) throw new TypeError("crypto is the only Crypto");
    }

    getRandomValues(array) {
      this.#made;
      if (!ArrayBuffer.isView(array)) throw new TypeError("random values are for a view of an ArrayBuffer");
      if (!INTEGERS.some((Integers) => array instanceof Integers)) {
        throw new DOMException("random values are for arrays of integers", "TypeMismatchError");
      }
      if (array.byteLength > QUOTA) {
        throw new DOMException(`more than ${QUOTA} random bytes at once`, "QuotaExceededError");
      }
      web.bytesOf(array).set(new Uint8Array(native.randomBytes(array.byteLength)));
      return array;
    }

    randomUUID() {
      this.#made;
      return native.randomUuid();
    }

    get subtle() {
      this.#made;
      web.need("subtle.js");
      return web.subtle.instance;
    }

    get [Symbol.toStringTag]() {
      return "Crypto";
    }
  }

  // The engine seeds its own generator with the time: processes forked from one another would share it.
  let pool = [], next = 0;
  web.forgetRandomNumbers = () => {
    next = pool.length;
  };
  Math.random = function random() {
    if (next === pool.length) {
      pool = native.randomNumbers();
      next = 0;
    }
    return pool[next++];
  };
  Object.defineProperty(Math, "random", { enumerable: false });

  web.enumerable(Crypto, ["getRandomValues", "randomUUID", "subtle"]);
  web.define({ Crypto, crypto: new Crypto(MAKING) });
}
