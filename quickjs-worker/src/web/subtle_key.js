// CryptoKey (https://w3c.github.io/webcrypto/#cryptokey-interface)
export default function (web) {
  const { subtle } = web;
  const { fail } = subtle;
  const USAGES = ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"];
  const MAKING = Symbol("made by an algorithm");

  // What a key shows of its algorithm: changing it changes no key.
  function shown(algorithm) {
    const copy = { ...algorithm };
    if (copy.hash !== undefined) copy.hash = { name: copy.hash };
    if (copy.publicExponent !== undefined) copy.publicExponent = new Uint8Array(copy.publicExponent);
    return copy;
  }

  class CryptoKey {
    // type, extractable, algorithm, usages, and `material`: bytes whose meaning the algorithm knows.
    #slots;
    #algorithm;
    #usages;

    constructor() {
      if (arguments[0] !== MAKING) throw new TypeError("a CryptoKey is made by crypto.subtle");
      this.#slots = arguments[1];
    }

    get type() {
      return this.#slots.type;
    }

    get extractable() {
      return this.#slots.extractable;
    }

    get algorithm() {
      return (this.#algorithm ??= shown(this.#slots.algorithm));
    }

    get usages() {
      return (this.#usages ??= [...this.#slots.usages]);
    }

    get [Symbol.toStringTag]() {
      return "CryptoKey";
    }

    static {
      subtle.slots = (key) => {
        if (typeof key !== "object" || key === null || !(#slots in key)) throw new TypeError("the key is not a CryptoKey");
        return key.#slots;
      };
    }
  }

  // A key; `usages` in the order in which all list them.
  subtle.makeKey = (type, extractable, algorithm, usages, material) => {
    const ordered = USAGES.filter((usage) => usages.includes(usage));
    if (type !== "public" && ordered.length === 0) fail("SyntaxError", `a ${type} key has to be of use for something`);
    const slots = { __proto__: null, type, extractable, algorithm, usages: ordered, material };
    return new CryptoKey(MAKING, slots);
  };

  // A pair, each key with those of the usages that are for it.
  subtle.makePair = (extractable, algorithm, usages, forPublic, publicMaterial, privateMaterial) => {
    const [ours, theirs] = [usages.filter((usage) => !forPublic.includes(usage)), usages.filter((usage) => forPublic.includes(usage))];
    const privateKey = subtle.makeKey("private", extractable, algorithm, ours, privateMaterial);
    return { publicKey: subtle.makeKey("public", true, algorithm, theirs, publicMaterial), privateKey };
  };

  subtle.convert.key = (value) => {
    subtle.slots(value);
    return value;
  };

  subtle.convert.usages = (value) => {
    const usages = subtle.sequence(value, "keyUsages").map(String);
    const wrong = usages.find((usage) => !USAGES.includes(usage));
    if (wrong !== undefined) throw new TypeError(`${JSON.stringify(wrong)} is not a usage of keys`);
    return usages;
  };

  subtle.allow = (usages, allowed) => {
    const wrong = usages.find((usage) => !allowed.includes(usage));
    if (wrong !== undefined) fail("SyntaxError", `such a key is not for ${wrong}`);
  };

  web.enumerable(CryptoKey, ["type", "extractable", "algorithm", "usages"]);
  web.define({ CryptoKey });
}
