// SubtleCrypto (https://w3c.github.io/webcrypto/#subtlecrypto-interface): which method does what, with checks that all algorithms share
export default function (web) {
  ["subtle_params.js", "subtle_key.js", "subtle_jwk.js", "subtle_digest.js", "subtle_hmac.js", "subtle_aes.js", "subtle_derive.js",
    "subtle_pairs.js", "subtle_ec.js", "subtle_okp.js", "subtle_rsa.js"].forEach(web.need);
  const { subtle } = web;
  const { fail, normalize, slots, bytes, convert } = subtle;
  const FORMATS = ["raw", "spki", "pkcs8", "jwk"];
  const MAKING = Symbol("made once");

  const formatOf = (value) => {
    const format = `${value}`;
    if (!FORMATS.includes(format)) throw new TypeError(`${JSON.stringify(format)} is not a format of keys`);
    return format;
  };

  const count = (given, needed) => {
    if (given < needed) throw new TypeError(`${needed} arguments are needed`);
  };

  // What keeps a key from being used so, if anything does.
  function permit(key, algorithm, usage) {
    if (key.algorithm.name !== algorithm.name) fail("InvalidAccessError", `the key is for ${key.algorithm.name}`);
    if (!key.usages.includes(usage)) fail("InvalidAccessError", `the key is not for ${usage}`);
  }

  const keyDataOf = (format, data) => (format === "jwk" ? convert.jwk(data) : bytes(data, "the key"));

  function importKey(format, data, algorithm, extractable, usages) {
    const { implementation } = algorithm;
    if (!implementation.formats.includes(format)) fail("NotSupportedError", `keys of ${algorithm.name} are not imported from ${format}`);
    return implementation.importKey(format, data, algorithm, extractable, usages);
  }

  function exportKey(format, key) {
    const { formats, exportKey } = subtle.algorithmOf(key.algorithm.name, "importKey");
    if (exportKey === undefined) fail("NotSupportedError", `keys of ${key.algorithm.name} are not exported`);
    if (!key.extractable) fail("InvalidAccessError", "the key may not be extracted");
    if (!formats.includes(format)) fail("NotSupportedError", `keys of ${key.algorithm.name} are not exported as ${format}`);
    const only = { spki: "public", pkcs8: "private" }[format] ?? (format === "raw" && key.type === "private" ? "public" : key.type);
    if (key.type !== only) fail("InvalidAccessError", `a ${key.type} key is not exported as ${format}`);
    const exported = exportKey(format, key);
    // What a caller may change is no key's own.
    return exported === key.material ? exported.slice() : exported;
  }

  // The algorithm, its key, and what it does with them; `usage` is what the key is to be for.
  function deriveBits(algorithm, base, usage, length) {
    permit(base, algorithm, usage);
    return algorithm.implementation.deriveBits(algorithm, base, length);
  }

  const encoded = (exported, format) => (format === "jwk" ? new TextEncoder().encode(JSON.stringify(exported)) : exported);

  function decoded(data, format) {
    if (format !== "jwk") return data;
    try {
      return convert.jwk(JSON.parse(new TextDecoder().decode(data)));
    } catch {
      return fail("DataError", "what was unwrapped is no JSON Web Key");
    }
  }

  class SubtleCrypto {
    #made = true;

    constructor() {
      if (arguments[0] !== MAKING) throw new TypeError("crypto.subtle is the only SubtleCrypto");
    }

    async digest(algorithm, data) {
      this.#made, count(arguments.length, 2), bytes(data, "data");
      return normalize(algorithm, "digest").implementation.digest(bytes(data, "data"));
    }

    async encrypt(algorithm, key, data) {
      return this.#cipher("encrypt", arguments, algorithm, key, data);
    }

    async decrypt(algorithm, key, data) {
      return this.#cipher("decrypt", arguments, algorithm, key, data);
    }

    #cipher(operation, given, algorithm, key, data) {
      count(given.length, 3);
      const secret = slots(key);
      bytes(data, "data");
      const normalized = normalize(algorithm, operation);
      permit(secret, normalized, operation);
      return normalized.implementation[operation](normalized, secret, bytes(data, "data"));
    }

    async sign(algorithm, key, data) {
      return this.#cipher("sign", arguments, algorithm, key, data);
    }

    async verify(algorithm, key, signature, data) {
      this.#made, count(arguments.length, 4);
      const known = slots(key);
      bytes(signature, "signature"), bytes(data, "data");
      const normalized = normalize(algorithm, "verify");
      permit(known, normalized, "verify");
      return normalized.implementation.verify(normalized, known, bytes(signature, "signature"), bytes(data, "data"));
    }

    async generateKey(algorithm, extractable, keyUsages) {
      this.#made, count(arguments.length, 3);
      const usages = convert.usages(keyUsages);
      const normalized = normalize(algorithm, "generateKey");
      return normalized.implementation.generateKey(normalized, Boolean(extractable), usages);
    }

    async importKey(format, keyData, algorithm, extractable, keyUsages) {
      this.#made, count(arguments.length, 5);
      const known = formatOf(format), usages = (keyDataOf(known, keyData), convert.usages(keyUsages));
      const normalized = normalize(algorithm, "importKey");
      return importKey(known, keyDataOf(known, keyData), normalized, Boolean(extractable), usages);
    }

    async exportKey(format, key) {
      this.#made, count(arguments.length, 2);
      return exportKey(formatOf(format), slots(key));
    }

    async deriveBits(algorithm, baseKey, length = null) {
      this.#made, count(arguments.length, 2);
      const base = slots(baseKey), bits = length === null ? null : convert.long(length, "length");
      return deriveBits(normalize(algorithm, "deriveBits"), base, "deriveBits", bits);
    }

    async deriveKey(algorithm, baseKey, derivedKeyType, extractable, keyUsages) {
      this.#made, count(arguments.length, 5);
      const base = slots(baseKey), usages = convert.usages(keyUsages);
      const normalized = normalize(algorithm, "deriveBits");
      const wanted = normalize(derivedKeyType, "importKey"), measured = normalize(derivedKeyType, "get key length");
      permit(base, normalized, "deriveKey");
      const bits = deriveBits(normalized, base, "deriveKey", measured.implementation.keyLength(measured));
      return importKey("raw", new Uint8Array(bits), wanted, Boolean(extractable), usages);
    }

    async wrapKey(format, key, wrappingKey, wrapAlgorithm) {
      this.#made, count(arguments.length, 4);
      const known = formatOf(format), wrapped = slots(key), wrapping = slots(wrappingKey);
      const normalized = normalize(wrapAlgorithm, "wrapKey", "encrypt");
      permit(wrapping, normalized, "wrapKey");
      return normalized.implementation[normalized.operation](normalized, wrapping, encoded(exportKey(known, wrapped), known));
    }

    async unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable, keyUsages) {
      this.#made, count(arguments.length, 7);
      const known = formatOf(format), unwrapping = (bytes(wrappedKey, "wrappedKey"), slots(unwrappingKey)), usages = convert.usages(keyUsages);
      const normalized = normalize(unwrapAlgorithm, "unwrapKey", "decrypt");
      const wanted = normalize(unwrappedKeyAlgorithm, "importKey");
      permit(unwrapping, normalized, "unwrapKey");
      const data = new Uint8Array(normalized.implementation[normalized.operation](normalized, unwrapping, bytes(wrappedKey, "wrappedKey")));
      return importKey(known, decoded(data, known), wanted, Boolean(extractable), usages);
    }

    get [Symbol.toStringTag]() {
      return "SubtleCrypto";
    }
  }

  web.enumerable(SubtleCrypto, ["digest", "encrypt", "decrypt", "sign", "verify", "generateKey", "importKey", "exportKey",
    "deriveBits", "deriveKey", "wrapKey", "unwrapKey"]);
  web.define({ SubtleCrypto });
  subtle.instance = new SubtleCrypto(MAKING);
}
