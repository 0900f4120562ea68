// Arguments of crypto.subtle: conversions of Web IDL, and https://w3c.github.io/webcrypto/#algorithm-normalization
export default function (web) {
  const { DOMException } = globalThis;
  const algorithms = [];

  const fail = (name, message) => {
    throw new DOMException(message, name);
  };

  // The bytes of a BufferSource; those of a detached one are none.
  const bytes = (value, name) => {
    if (!(value instanceof ArrayBuffer || ArrayBuffer.isView(value))) throw new TypeError(`${name} is not an ArrayBuffer or a view of one`);
    return (value instanceof ArrayBuffer ? value : value.buffer).detached ? new Uint8Array() : web.bytesOf(value);
  };

  const integer = (most) => (value, name) => {
    const number = Math.trunc(Number(value));
    if (!(number >= 0 && number <= most)) throw new TypeError(`${name} is not a number from 0 to ${most}`);
    return number;
  };

  const required = (convert) => (value, name) => {
    if (value === undefined) throw new TypeError(`${name} is missing`);
    return convert(value, name);
  };

  // Names of algorithms differ in more than the case of ASCII letters.
  const folded = (name) => name.replace(/[a-z]/g, (letter) => letter.toUpperCase());

  const supporting = (name, operation) =>
    algorithms.find((known) => folded(known.name) === folded(name) && known.params[operation] !== undefined);

  function find(name, operation) {
    return supporting(name, operation) ?? fail("NotSupportedError", `${operation} is not supported with ${JSON.stringify(name.slice(0, 100))}`);
  }

  // An algorithm as the caller names it, checked for an operation, or `instead` if it has none such; `implementation` carries it out.
  function normalize(algorithm, wanted, instead = wanted) {
    const isObject = (typeof algorithm === "object" && algorithm !== null) || typeof algorithm === "function";
    const given = isObject ? algorithm : { name: `${algorithm}` };
    const name = required(String)(given.name, "the algorithm's name");
    const operation = supporting(name, wanted) === undefined ? instead : wanted;
    const implementation = find(name, operation);
    const normalized = { __proto__: null, name: implementation.name, implementation, operation };
    const members = implementation.params[operation];
    for (const member of Object.keys(members)) normalized[member] = members[member](given[member], member);
    return normalized;
  }

  const SEQUENCE = "is not a sequence";
  const sequence = (value, name) => {
    if (typeof value !== "object" || value === null || typeof value[Symbol.iterator] !== "function") throw new TypeError(`${name} ${SEQUENCE}`);
    return [...value];
  };

  web.subtle = {
    fail,
    bytes,
    sequence,
    normalize,
    // Registers an algorithm: its name, for each operation the conversions of its parameters, and the operations.
    add: (algorithm) => algorithms.push(algorithm),
    // The algorithm of a key.
    algorithmOf: (name, operation) => find(name, operation),
    convert: {
      required,
      optional: (convert) => (value, name) => (value === undefined ? undefined : convert(value, name)),
      octet: integer(0xff),
      short: integer(0xffff),
      long: integer(0xffffffff),
      text: (value) => `${value}`,
      // A copy: getters that run later can't change it.
      bytes: (value, name) => new Uint8Array(bytes(value, name)),
      bigInteger: (value, name) => {
        if (!(value instanceof Uint8Array)) throw new TypeError(`${name} is not a Uint8Array`);
        return new Uint8Array(value);
      },
      hash: (value) => normalize(value, "digest").name,
    },
  };
}
