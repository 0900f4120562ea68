// HMAC (https://w3c.github.io/webcrypto/#hmac)
export default function (web, native) {
  const { subtle } = web;
  const { fail, rust } = subtle;
  const { required, optional, hash, long } = subtle.convert;
  const BLOCK_BITS = { "SHA-1": 512, "SHA-256": 512, "SHA-384": 1024, "SHA-512": 1024 };
  // Longer keys are hashed first, so that they are no better.
  const LONGEST_GENERATED = 1 << 20;
  const forKeys = { hash: required(hash), length: optional(long) };
  const jwkName = (algorithm) => `HS${algorithm.hash.slice(4)}`;

  function lengthOf(algorithm) {
    const length = algorithm.length ?? BLOCK_BITS[algorithm.hash];
    if (length === 0) fail("OperationError", "a key of no bits");
    return length;
  }

  // A key whose last byte may count in part.
  const make = (bytes, length, { hash }, extractable, usages) =>
    subtle.makeKey("secret", extractable, { name: "HMAC", hash, length }, usages, rust.firstBits(bytes, length));

  function bytesFrom(format, data, algorithm, extractable, usages) {
    if (format !== "jwk") return data;
    subtle.checkJwk(data, "oct", "sig", extractable, usages);
    const bytes = subtle.jwkBytes(data, "k");
    if (data.alg !== undefined && data.alg !== jwkName(algorithm)) fail("DataError", `the key's alg is not ${jwkName(algorithm)}`);
    return bytes;
  }

  subtle.add({
    name: "HMAC",
    formats: ["raw", "jwk"],
    params: { generateKey: forKeys, importKey: forKeys, "get key length": forKeys, sign: {}, verify: {} },

    generateKey(algorithm, extractable, usages) {
      subtle.allow(usages, ["sign", "verify"]);
      const length = lengthOf(algorithm);
      if (length > LONGEST_GENERATED) fail("OperationError", `a key of more than ${LONGEST_GENERATED} bits`);
      return make(native.randomBytes(Math.ceil(length / 8)), length, algorithm, extractable, usages);
    },

    importKey(format, data, algorithm, extractable, usages) {
      subtle.allow(usages, ["sign", "verify"]);
      const bytes = bytesFrom(format, data, algorithm, extractable, usages);
      const whole = bytes.byteLength * 8, length = algorithm.length ?? whole;
      if (whole === 0 || length > whole || length <= whole - 8) fail("DataError", `a key of ${whole} bits where ${length} are expected`);
      return make(bytes, length, algorithm, extractable, usages);
    },

    exportKey: (format, slots) => format === "raw" ? slots.material
      : subtle.toJwk(slots, { kty: "oct", k: slots.material, alg: jwkName(slots.algorithm) }),
    keyLength: lengthOf,
    sign: (algorithm, slots, data) => rust.hmacSign(slots.algorithm.hash, slots.material, data),
    verify: (algorithm, slots, signature, data) => rust.hmacVerify(slots.algorithm.hash, slots.material, signature, data),
  });
}
