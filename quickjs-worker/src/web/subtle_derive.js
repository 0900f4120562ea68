// HKDF, PBKDF2 (https://w3c.github.io/webcrypto/#hkdf, #pbkdf2)
export default function (web) {
  const { subtle } = web;
  const { fail, rust } = subtle;
  const { required, bytes, hash, long } = subtle.convert;
  const HASH_BYTES = { "SHA-1": 20, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };
  // What PBKDF2 may do in one call, in iterations for each block of output: nothing can interrupt it.
  const MOST_ITERATIONS = 2_000_000;
  const MOST_BYTES = 1 << 20;

  function bytesOf(length) {
    if (length === null || length % 8 !== 0) fail("OperationError", "a number of bits that is a multiple of 8 is needed");
    return length / 8;
  }

  function add(name, params, derive) {
    subtle.add({
      name,
      formats: ["raw"],
      params: { importKey: {}, deriveBits: params, "get key length": {} },

      importKey(format, data, algorithm, extractable, usages) {
        subtle.allow(usages, ["deriveKey", "deriveBits"]);
        if (extractable) fail("SyntaxError", `a key of ${name} is never extractable`);
        return subtle.makeKey("secret", false, { name }, usages, rust.firstBits(data, data.byteLength * 8));
      },

      keyLength: () => null,
      deriveBits: (algorithm, slots, length) => derive(algorithm, slots.material, bytesOf(length)),
    });
  }

  add("HKDF", { hash: required(hash), info: required(bytes), salt: required(bytes) }, ({ hash, info, salt }, key, length) =>
    rust.hkdf(hash, key, salt, info, length) ?? fail("OperationError", `HKDF makes at most 255 times the length of ${hash}`));

  add("PBKDF2", { hash: required(hash), iterations: required(long), salt: required(bytes) }, ({ hash, iterations, salt }, password, length) => {
    if (iterations === 0) fail("OperationError", "there are no iterations");
    const work = iterations * Math.ceil(length / HASH_BYTES[hash]);
    if (work > MOST_ITERATIONS) fail("OperationError", `${work} iterations are more than the ${MOST_ITERATIONS} that one call may do`);
    if (length > MOST_BYTES) fail("OperationError", `PBKDF2 makes at most ${MOST_BYTES} bytes here`);
    return rust.pbkdf2(hash, password, salt, iterations, length);
  });
}
