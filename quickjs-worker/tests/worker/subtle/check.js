// Carries out one case of vectors.json or interop.json with crypto.subtle; the worker runs it, and Node can.
const { subtle } = crypto;
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const shown = (value) => (value instanceof ArrayBuffer ? hex(value) : value);
const dataOf = (format, data) => (format === "jwk" ? data : bytes(data));

// Parameters in which { hex } stands for bytes, and { key } for the other party's key.
async function revive(params, algorithm) {
  const revived = {};
  for (const [name, value] of Object.entries(params)) {
    if (value?.hex !== undefined) revived[name] = bytes(value.hex);
    else if (value?.key !== undefined) revived[name] = await subtle.importKey(value.format, dataOf(value.format, value.key), algorithm, true, []);
    else revived[name] = value;
  }
  return revived;
}

const operations = {
  sign: (params, key, { data }) => subtle.sign(params, key, bytes(data)),
  verify: (params, key, { data, signature }) => subtle.verify(params, key, bytes(signature), bytes(data)),
  encrypt: (params, key, { data }) => subtle.encrypt(params, key, bytes(data)),
  decrypt: (params, key, { data }) => subtle.decrypt(params, key, bytes(data)),
  deriveBits: (params, key, { length }) => subtle.deriveBits(params, key, length),
  exportKey: (params, key, { as }) => subtle.exportKey(as, key),
  wrapKey: async (params, key, { data }) => {
    const wrapped = await subtle.importKey("raw", bytes(data), { name: "HMAC", hash: "SHA-1" }, true, ["sign"]);
    return subtle.wrapKey("raw", wrapped, key, params);
  },
};

async function carryOut(test) {
  if (test.op === "digest") return subtle.digest(test.params, bytes(test.data));
  const extractable = test.op === "exportKey";
  const key = await subtle.importKey(test.format, dataOf(test.format, test.key), test.algorithm, extractable, test.usages ?? [test.op]);
  return operations[test.op](await revive(test.params ?? {}, test.algorithm), key, test);
}

// What the case comes to: bytes as hex, a key, true or false, or the name of the error.
export async function check(test) {
  try {
    return shown(await carryOut(test));
  } catch (error) {
    return `throws ${error.name}`;
  }
}

export default async (request) => Response.json(await check(await request.json()));
