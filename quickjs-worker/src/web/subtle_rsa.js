// RSASSA-PKCS1-v1_5, RSA-PSS, RSA-OAEP (https://w3c.github.io/webcrypto/#rsassa-pkcs1 and behind it)
export default function (web) {
  const { subtle } = web;
  const { fail, rust } = subtle;
  const { required, optional, hash, long, bytes, bigInteger } = subtle.convert;
  // Nothing interrupts the search for primes, which takes seconds for longer keys.
  const LONGEST_GENERATED = 4096;
  const SHORTEST_GENERATED = 2048;
  const PUBLIC = ["n", "e"];
  const ALL = [...PUBLIC, "d", "p", "q", "dp", "dq", "qi"];

  const HASH_NUMBER = { "SHA-1": "1", "SHA-256": "256", "SHA-384": "384", "SHA-512": "512" };
  const oaepName = (number) => (number === "1" ? "RSA-OAEP" : `RSA-OAEP-${number}`);
  const JWK_NAMES = { "RSASSA-PKCS1-v1_5": (number) => `RS${number}`, "RSA-PSS": (number) => `PS${number}`, "RSA-OAEP": oaepName };
  const jwkName = ({ name, hash }) => JWK_NAMES[name](HASH_NUMBER[hash]);

  const done = (result, what) => result ?? fail("OperationError", what);
  const number = (value) => new Uint8Array(value).reduce((sum, byte) => sum * 256 + byte, 0);

  function fromJwk(algorithm, jwk, isPrivate) {
    if (jwk.alg !== undefined && jwk.alg !== jwkName(algorithm)) fail("DataError", `the key's alg is not ${jwkName(algorithm)}`);
    if (jwk.oth !== undefined) fail("NotSupportedError", "keys of more than two primes are not supported");
    const parts = (isPrivate ? ALL : PUBLIC).map((member) => subtle.jwkBytes(jwk, member));
    return rust.rsaFromParts(parts) ?? fail("DataError", "the numbers are no RSA key");
  }

  function toJwk({ type, algorithm, material }) {
    const parts = rust.rsaParts(material), names = type === "private" ? ALL : PUBLIC;
    return { kty: "RSA", alg: jwkName(algorithm), ...Object.fromEntries(names.map((member, at) => [member, parts[at]])) };
  }

  function described({ name, hash }, material) {
    const [modulus, exponent] = rust.rsaParts(material);
    const bytes = new Uint8Array(modulus);
    const modulusLength = bytes.length * 8 - (Math.clz32(bytes[0]) - 24);
    return { name, modulusLength, publicExponent: new Uint8Array(exponent), hash };
  }

  function generate({ modulusLength, publicExponent }) {
    const exponent = number(publicExponent);
    if (exponent !== 3 && exponent !== 65537) fail("OperationError", "the public exponent has to be 3 or 65537");
    if (modulusLength < SHORTEST_GENERATED || modulusLength > LONGEST_GENERATED) {
      fail("OperationError", `keys of ${SHORTEST_GENERATED} to ${LONGEST_GENERATED} bits are generated`);
    }
    const key = done(rust.rsaGenerate(modulusLength, exponent), "no key could be generated");
    return { publicMaterial: rust.rsaPublic(key), privateMaterial: key };
  }

  const kind = (use, forPrivate, forPublic) => ({
    kty: "RSA",
    use,
    forPrivate,
    forPublic,
    from: { spki: (algorithm, data) => rust.rsaFromSpki(data), pkcs8: (algorithm, data) => rust.rsaFromPkcs8(data) },
    to: { spki: (algorithm, material) => rust.rsaToSpki(material), pkcs8: (algorithm, material) => rust.rsaToPkcs8(material) },
    described,
    fromJwk,
    toJwk,
    generate,
  });

  const forKeys = {
    generateKey: { modulusLength: required(long), publicExponent: required(bigInteger), hash: required(hash) },
    importKey: { hash: required(hash) },
  };

  const signing = {
    sign({ saltLength }, slots, data) {
      subtle.expectType(slots, "private");
      return done(rust.rsaSign(slots.algorithm.hash, slots.material, data, saltLength), "the data could not be signed");
    },
    verify({ saltLength }, slots, signature, data) {
      subtle.expectType(slots, "public");
      return rust.rsaVerify(slots.algorithm.hash, slots.material, signature, data, saltLength);
    },
  };

  subtle.addPairs("RSASSA-PKCS1-v1_5", kind("sig", ["sign"], ["verify"]), { ...forKeys, sign: {}, verify: {} }, signing);
  const salted = { saltLength: required(long) };
  subtle.addPairs("RSA-PSS", kind("sig", ["sign"], ["verify"]), { ...forKeys, sign: salted, verify: salted }, signing);

  const labelled = { label: optional(bytes) };
  subtle.addPairs("RSA-OAEP", kind("enc", ["decrypt", "unwrapKey"], ["encrypt", "wrapKey"]), { ...forKeys, encrypt: labelled, decrypt: labelled }, {
    encrypt({ label = new Uint8Array() }, slots, data) {
      subtle.expectType(slots, "public");
      return done(rust.rsaEncrypt(slots.algorithm.hash, slots.material, label, data), "the data is too long for the key");
    },
    decrypt({ label = new Uint8Array() }, slots, data) {
      subtle.expectType(slots, "private");
      return done(rust.rsaDecrypt(slots.algorithm.hash, slots.material, label, data), "the data could not be decrypted");
    },
  });
}
