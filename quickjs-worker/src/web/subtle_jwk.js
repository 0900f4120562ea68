// JSON Web Keys (RFC 7517) as crypto.subtle reads and writes them
export default function (web, native) {
  const { subtle } = web;
  const { fail, convert } = subtle;
  const rust = native.subtle();
  const strings = (value, name) => subtle.sequence(value, name).map(String);
  const MEMBERS = { alg: String, crv: String, d: String, dp: String, dq: String, e: String, ext: Boolean, k: String, key_ops: strings,
    kty: String, n: String, oth: (value, name) => subtle.sequence(value, name), p: String, q: String, qi: String, use: String, x: String, y: String };

  subtle.rust = rust;

  convert.jwk = (value) => {
    if (typeof value !== "object" || value === null || value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      throw new TypeError("a key in the format jwk is an object");
    }
    const jwk = { __proto__: null };
    for (const member of Object.keys(MEMBERS)) {
      const given = value[member];
      if (given !== undefined) jwk[member] = MEMBERS[member](given, member);
    }
    return jwk;
  };

  // Refuses a key that is for something else, and one that may not be extracted.
  subtle.checkJwk = (jwk, kty, use, extractable, usages) => {
    if (jwk.kty !== kty) fail("DataError", `the key's kty is not ${kty}`);
    if (usages.length > 0 && jwk.use !== undefined && jwk.use !== use) fail("DataError", `the key's use is not ${use}`);
    const operations = jwk.key_ops ?? usages;
    if (new Set(operations).size !== operations.length) fail("DataError", "the key's key_ops has something twice");
    if (!usages.every((usage) => operations.includes(usage))) fail("DataError", "the key's key_ops lacks a usage");
    if (jwk.ext === false && extractable) fail("DataError", "the key says that it is not to be extracted");
  };

  // The bytes of a member.
  subtle.jwkBytes = (jwk, member) => {
    const bytes = jwk[member] === undefined ? undefined : rust.fromBase64Url(jwk[member]);
    return bytes ?? fail("DataError", `the key's ${member} is ${jwk[member] === undefined ? "missing" : "not base64url"}`);
  };

  // A key's description: the members, and what the key is for.
  subtle.toJwk = (slots, members) => {
    const jwk = { key_ops: [...slots.usages], ext: slots.extractable };
    for (const member of Object.keys(members)) {
      const value = members[member];
      jwk[member] = value instanceof ArrayBuffer ? rust.toBase64Url(value) : value;
    }
    return jwk;
  };
}
