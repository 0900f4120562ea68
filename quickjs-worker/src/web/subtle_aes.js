// AES-GCM, AES-CBC, AES-CTR, AES-KW (https://w3c.github.io/webcrypto/#aes-gcm and behind it)
export default function (web, native) {
  const { subtle } = web;
  const { fail, rust } = subtle;
  const { required, optional, bytes, octet, short } = subtle.convert;
  const LENGTHS = [128, 192, 256];
  const TAG_LENGTHS = [32, 64, 96, 104, 112, 120, 128];
  const BLOCK = 16;

  const done = (result, what) => result ?? fail("OperationError", what);

  function lengthOf({ length }) {
    if (!LENGTHS.includes(length)) fail("OperationError", "AES keys have 128, 192 or 256 bits");
    return length;
  }

  function add(name, usages, params, operations) {
    const jwkName = (length) => `A${length}${name.slice(4)}`;
    const make = (bytes, length, extractable, usages) =>
      subtle.makeKey("secret", extractable, { name, length }, usages, rust.firstBits(bytes, length));

    function bytesFrom(format, data, extractable, usages) {
      if (format !== "jwk") return data;
      subtle.checkJwk(data, "oct", "enc", extractable, usages);
      const bytes = subtle.jwkBytes(data, "k");
      if (data.alg !== undefined && data.alg !== jwkName(bytes.byteLength * 8)) fail("DataError", `the key's alg is not ${jwkName(bytes.byteLength * 8)}`);
      return bytes;
    }

    subtle.add({
      name,
      formats: ["raw", "jwk"],
      params: { generateKey: { length: required(short) }, importKey: {}, "get key length": { length: required(short) }, ...params },

      generateKey(algorithm, extractable, given) {
        subtle.allow(given, usages);
        return make(native.randomBytes(lengthOf(algorithm) / 8), algorithm.length, extractable, given);
      },

      importKey(format, data, algorithm, extractable, given) {
        subtle.allow(given, usages);
        const bytes = bytesFrom(format, data, extractable, given);
        if (!LENGTHS.includes(bytes.byteLength * 8)) fail("DataError", `AES keys don't have ${bytes.byteLength} bytes`);
        return make(bytes, bytes.byteLength * 8, extractable, given);
      },

      exportKey: (format, slots) => format === "raw" ? slots.material
        : subtle.toJwk(slots, { kty: "oct", k: slots.material, alg: jwkName(slots.algorithm.length) }),
      keyLength: lengthOf,
      ...operations,
    });
  }

  const CIPHER = ["encrypt", "decrypt", "wrapKey", "unwrapKey"];
  const both = (params) => ({ encrypt: params, decrypt: params });

  function gcm(seal) {
    return ({ iv, additionalData = new Uint8Array(), tagLength = 128 }, slots, data) => {
      if (!TAG_LENGTHS.includes(tagLength)) fail("OperationError", `tags don't have ${tagLength} bits`);
      if (iv.length === 0) fail("OperationError", "the iv is empty");
      return done(seal(slots.material, iv, additionalData, tagLength / 8, data), "the data could not be decrypted");
    };
  }

  const gcmParams = { additionalData: optional(bytes), iv: required(bytes), tagLength: optional(octet) };
  add("AES-GCM", CIPHER, both(gcmParams), { encrypt: gcm(rust.gcmEncrypt), decrypt: gcm(rust.gcmDecrypt) });

  function cbc(apply) {
    return ({ iv }, slots, data) => {
      if (iv.length !== BLOCK) fail("OperationError", `the iv has ${BLOCK} bytes`);
      return done(apply(slots.material, iv, data), "the data could not be decrypted");
    };
  }

  add("AES-CBC", CIPHER, both({ iv: required(bytes) }), { encrypt: cbc(rust.cbcEncrypt), decrypt: cbc(rust.cbcDecrypt) });

  function ctr({ counter, length }, slots, data) {
    if (counter.length !== BLOCK) fail("OperationError", `the counter has ${BLOCK} bytes`);
    if (length === 0 || length > 128) fail("OperationError", "from 1 to 128 bits of the counter count");
    return done(rust.ctr(slots.material, counter, length, data), "the data is longer than the counter counts");
  }

  add("AES-CTR", CIPHER, both({ counter: required(bytes), length: required(octet) }), { encrypt: ctr, decrypt: ctr });

  add("AES-KW", ["wrapKey", "unwrapKey"], { wrapKey: {}, unwrapKey: {} }, {
    wrapKey(algorithm, slots, data) {
      if (data.byteLength < BLOCK || data.byteLength % 8 !== 0) fail("OperationError", "AES-KW wraps 16 bytes or more, in multiples of 8");
      return done(rust.kwWrap(slots.material, data), "the key could not be wrapped");
    },
    unwrapKey: (algorithm, slots, data) => done(rust.kwUnwrap(slots.material, data), "the key could not be unwrapped"),
  });
}
