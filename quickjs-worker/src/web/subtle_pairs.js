// What all algorithms with a private and a public key share: reading and writing keys
export default function (web) {
  const { subtle } = web;
  const { fail } = subtle;

  const readable = (material, what) => material ?? fail("DataError", `the key is not ${what}`);

  // Reads a key, `[type, material]`. `kind` knows how: of(format) for bytes, fromJwk for an object. A key's usages depend on its type.
  function read(kind, format, data, algorithm, extractable, usages) {
    const isPrivate = format === "pkcs8" || (format === "jwk" && data.d !== undefined);
    subtle.allow(usages, isPrivate ? kind.forPrivate : kind.forPublic);
    const type = isPrivate ? "private" : "public";
    if (format !== "jwk") return [type, readable(kind.from[format](algorithm, data), `a ${type} one of ${algorithm.namedCurve ?? algorithm.name} as ${format}`)];
    subtle.checkJwk(data, kind.kty, kind.use, extractable, usages);
    return [type, kind.fromJwk(algorithm, data, isPrivate)];
  }

  // Registers an algorithm whose keys are of a kind; `described` is what a key says of its algorithm.
  subtle.addPairs = (name, kind, params, operations) => {
    subtle.add({
      name,
      formats: Object.keys(kind.from).concat("jwk"),
      params,

      importKey(format, data, algorithm, extractable, usages) {
        kind.check?.(algorithm);
        const [type, material] = read(kind, format, data, algorithm, extractable, usages);
        return subtle.makeKey(type, extractable, kind.described(algorithm, material), usages, material);
      },

      exportKey: (format, slots) => format === "jwk" ? subtle.toJwk(slots, kind.toJwk(slots)) : kind.to[format](slots.algorithm, slots.material),

      generateKey(algorithm, extractable, usages) {
        subtle.allow(usages, [...kind.forPrivate, ...kind.forPublic]);
        kind.check?.(algorithm);
        const [publicMaterial, privateMaterial] = kind.generate(algorithm);
        return subtle.makePair(extractable, kind.described(algorithm, publicMaterial), usages, kind.forPublic, publicMaterial, privateMaterial);
      },

      ...operations,
    });
  };

  // Refuses a key of the other type.
  subtle.expectType = (slots, type) => {
    if (slots.type !== type) fail("InvalidAccessError", `a ${type} key is needed`);
  };

  // A shared secret, or as many bits of it as are wanted.
  subtle.bitsOf = (secret, length) => {
    const bits = length ?? secret.byteLength * 8;
    if (bits > secret.byteLength * 8) fail("OperationError", `the secret has ${secret.byteLength * 8} bits`);
    const bytes = new Uint8Array(secret, 0, Math.ceil(bits / 8)).slice();
    if (bits % 8 !== 0) bytes[bytes.length - 1] &= 0xff << (8 - (bits % 8));
    return bytes.buffer;
  };

  // The other party's public key, for the same algorithm and curve as ours.
  subtle.expectPeer = (ours, peer) => {
    subtle.expectType(ours, "private");
    subtle.expectType(peer, "public");
    if (peer.algorithm.name !== ours.algorithm.name) fail("InvalidAccessError", `the public key is for ${peer.algorithm.name}`);
    if (peer.algorithm.namedCurve !== ours.algorithm.namedCurve) fail("InvalidAccessError", "the keys are of different curves");
  };

  // Whether two lists of bytes, neither of them secret, are the same.
  subtle.same = (a, b) => {
    const [left, right] = [new Uint8Array(a), new Uint8Array(b)];
    return left.length === right.length && left.every((byte, at) => byte === right[at]);
  };
}
