// ECDSA, ECDH (https://w3c.github.io/webcrypto/#ecdsa, #ecdh)
export default function (web) {
  const { subtle } = web;
  const { fail, rust } = subtle;
  const { required, hash, text, key } = subtle.convert;
  const BYTES = { "P-256": 32, "P-384": 48, "P-521": 66 };
  const JWK_NAMES = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512" };
  const UNCOMPRESSED = 4;

  const coordinates = (point, curve) => ({ x: point.slice(1, 1 + BYTES[curve]), y: point.slice(1 + BYTES[curve]) });

  function coordinate(jwk, member, curve) {
    const bytes = subtle.jwkBytes(jwk, member);
    if (bytes.byteLength !== BYTES[curve]) fail("DataError", `the key's ${member} does not have ${BYTES[curve]} bytes`);
    return new Uint8Array(bytes);
  }

  function fromJwk({ name, namedCurve: curve }, jwk, isPrivate) {
    if (jwk.crv !== curve) fail("DataError", `the key's crv is not ${curve}`);
    if (name === "ECDSA" && jwk.alg !== undefined && jwk.alg !== JWK_NAMES[curve]) fail("DataError", `the key's alg is not ${JWK_NAMES[curve]}`);
    const point = rust.ecPoint(curve, new Uint8Array([UNCOMPRESSED, ...coordinate(jwk, "x", curve), ...coordinate(jwk, "y", curve)]));
    if (point === undefined) fail("DataError", "the key is no point of the curve");
    if (!isPrivate) return point;
    const scalar = coordinate(jwk, "d", curve), own = rust.ecPublic(curve, scalar);
    if (own === undefined || !subtle.same(own, point)) fail("DataError", "the key's d does not belong to its x and y");
    return scalar.buffer;
  }

  function toJwk({ type, algorithm: { namedCurve: curve }, material }) {
    const members = { kty: "EC", crv: curve, ...coordinates(type === "private" ? rust.ecPublic(curve, material) : material, curve) };
    return type === "private" ? { ...members, d: material } : members;
  }

  function generate({ namedCurve }) {
    const scalar = rust.ecGenerate(namedCurve) ?? fail("OperationError", "no key could be generated");
    return { publicMaterial: rust.ecPublic(namedCurve, scalar), privateMaterial: scalar };
  }

  const kind = (use, forPrivate, forPublic) => ({
    kty: "EC",
    use,
    forPrivate,
    forPublic,
    from: {
      raw: ({ namedCurve }, data) => rust.ecPoint(namedCurve, data),
      spki: ({ namedCurve }, data) => rust.ecFromSpki(namedCurve, data),
      pkcs8: ({ namedCurve }, data) => rust.ecFromPkcs8(namedCurve, data),
    },
    to: {
      raw: (algorithm, material) => material,
      spki: ({ namedCurve }, material) => rust.ecToSpki(namedCurve, material),
      pkcs8: ({ namedCurve }, material) => rust.ecToPkcs8(namedCurve, material),
    },
    check({ namedCurve }) {
      if (!Object.hasOwn(BYTES, namedCurve)) fail("NotSupportedError", `there is no curve ${JSON.stringify(namedCurve)}`);
    },
    described: ({ name, namedCurve }) => ({ name, namedCurve }),
    fromJwk,
    toJwk,
    generate,
  });

  const onCurve = { namedCurve: required(text) };
  const withHash = { hash: required(hash) };

  subtle.addPairs("ECDSA", kind("sig", ["sign"], ["verify"]), { generateKey: onCurve, importKey: onCurve, sign: withHash, verify: withHash }, {
    sign({ hash }, slots, data) {
      subtle.expectType(slots, "private");
      return rust.ecdsaSign(slots.algorithm.namedCurve, hash, slots.material, data) ?? fail("OperationError", "the data could not be signed");
    },
    verify({ hash }, slots, signature, data) {
      subtle.expectType(slots, "public");
      return rust.ecdsaVerify(slots.algorithm.namedCurve, hash, slots.material, signature, data);
    },
  });

  subtle.addPairs("ECDH", kind("enc", ["deriveKey", "deriveBits"], []), { generateKey: onCurve, importKey: onCurve, deriveBits: { public: required(key) } }, {
    deriveBits(algorithm, ours, length) {
      const peer = subtle.slots(algorithm.public);
      subtle.expectPeer(ours, peer);
      const secret = rust.ecdh(ours.algorithm.namedCurve, ours.material, peer.material) ?? fail("OperationError", "there is no shared secret");
      return subtle.bitsOf(secret, length);
    },
  });
}
