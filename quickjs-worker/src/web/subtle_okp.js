// Ed25519, X25519 (https://w3c.github.io/webcrypto/#ed25519, #x25519)
export default function (web, native) {
  const { subtle } = web;
  const { fail, rust } = subtle;
  const { required, key } = subtle.convert;
  const BYTES = 32;

  function member(jwk, name) {
    const bytes = subtle.jwkBytes(jwk, name);
    return bytes.byteLength === BYTES ? bytes : fail("DataError", `the key's ${name} does not have ${BYTES} bytes`);
  }

  const kind = (curve, use, forPrivate, forPublic) => ({
    kty: "OKP",
    use,
    forPrivate,
    forPublic,
    from: {
      raw: (algorithm, data) => (data.byteLength === BYTES ? rust.firstBits(data, BYTES * 8) : undefined),
      spki: (algorithm, data) => rust.okpFromSpki(curve, data),
      pkcs8: (algorithm, data) => rust.okpFromPkcs8(curve, data),
    },
    to: {
      raw: (algorithm, material) => material,
      spki: (algorithm, material) => rust.okpToSpki(curve, material),
      pkcs8: (algorithm, material) => rust.okpToPkcs8(curve, material),
    },
    described: () => ({ name: curve }),

    fromJwk(algorithm, jwk, isPrivate) {
      if (jwk.crv !== curve) fail("DataError", `the key's crv is not ${curve}`);
      if (curve === "Ed25519" && jwk.alg !== undefined && jwk.alg !== "EdDSA" && jwk.alg !== curve) fail("DataError", "the key's alg is not EdDSA");
      const point = member(jwk, "x");
      if (!isPrivate) return point;
      const secret = member(jwk, "d");
      return subtle.same(rust.okpPublic(curve, secret), point) ? secret : fail("DataError", "the key's d does not belong to its x");
    },

    toJwk({ type, material }) {
      const members = { kty: "OKP", crv: curve, x: type === "private" ? rust.okpPublic(curve, material) : material };
      return type === "private" ? { ...members, d: material } : members;
    },

    generate() {
      const secret = native.randomBytes(BYTES);
      return { publicMaterial: rust.okpPublic(curve, secret), privateMaterial: secret };
    },
  });

  subtle.addPairs("Ed25519", kind("Ed25519", "sig", ["sign"], ["verify"]), { generateKey: {}, importKey: {}, sign: {}, verify: {} }, {
    sign(algorithm, slots, data) {
      subtle.expectType(slots, "private");
      return rust.ed25519Sign(slots.material, data);
    },
    verify(algorithm, slots, signature, data) {
      subtle.expectType(slots, "public");
      return rust.ed25519Verify(slots.material, signature, data);
    },
  });

  subtle.addPairs("X25519", kind("X25519", "enc", ["deriveKey", "deriveBits"], []), { generateKey: {}, importKey: {}, deriveBits: { public: required(key) } }, {
    deriveBits(algorithm, ours, length) {
      const peer = subtle.slots(algorithm.public);
      subtle.expectPeer(ours, peer);
      const secret = rust.x25519(ours.material, peer.material) ?? fail("OperationError", "the public key is a point of small order");
      return subtle.bitsOf(secret, length);
    },
  });
}
