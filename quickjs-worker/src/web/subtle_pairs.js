// What all algorithms with a private and a public key share: reading and writing keys
export default function (web) {
  const { subtle } = web;
  const { fail } = subtle;

  const readable = (material, what) => material ?? fail("DataError", `the key is not ${what}`);

  // Reads a key's material; `kind` knows how.
  function read(kind, format, data, algorithm, isPrivate, extractable, usages) {
    if (format !== "jwk") return readable(kind.from[format](algorithm, data), `one of ${algorithm.namedCurve ?? algorithm.name} as ${format}`);
    subtle.checkJwk(data, kind.kty, kind.use, extractable, usages);
    return kind.fromJwk(algorithm, data, isPrivate);
  }

  // Registers an algorithm. Its kind of keys: how they are made, read and written, what each of a pair is for, and `described`, what
  // a key says of its algorithm.
  subtle.addPairs = (name, kind, params, operations) => {
    subtle.add({
      name,
      formats: Object.keys(kind.from).concat("jwk"),
      params,

      importKey(format, data, algorithm, extractable, usages) {
        kind.check?.(algorithm);
        const isPrivate = format === "pkcs8" || (format === "jwk" && data.d !== undefined);
        subtle.allow(usages, isPrivate ? kind.forPrivate : kind.forPublic);
        const material = read(kind, format, data, algorithm, isPrivate, extractable, usages);
        return subtle.makeKey(isPrivate ? "private" : "public", extractable, kind.described(algorithm, material), usages, material);
      },

      exportKey: (format, slots) => format === "jwk" ? subtle.toJwk(slots, kind.toJwk(slots)) : kind.to[format](slots.algorithm, slots.material),

      generateKey(algorithm, extractable, usages) {
        subtle.allow(usages, [...kind.forPrivate, ...kind.forPublic]);
        kind.check?.(algorithm);
        const { publicMaterial, privateMaterial } = kind.generate(algorithm);
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
    return subtle.rust.firstBits(secret, bits);
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
