// Writes interop.json: cases whose results are those of Node's webcrypto. Run once, with Node 20: node interop.mjs > interop.json
import { check } from "./check.js";

const { subtle } = crypto;
const hex = (buffer) => Buffer.from(buffer).toString("hex");
const data = hex(new TextEncoder().encode("what Node and the worker agree on"));
const cases = [];
const source = `Node ${process.version}`;
const add = (test) => cases.push({ source, ...test });
const exported = async (format, key) => (format === "jwk" ? subtle.exportKey(format, key) : hex(await subtle.exportKey(format, key)));
// Keys come with what they are for, so that one description of them serves all cases.
const withoutUse = ({ key_ops, ...jwk }) => jwk;
const described = async (format, key) => (format === "jwk" ? withoutUse(await exported(format, key)) : exported(format, key));

async function signatures(algorithm, params, isDeterministic) {
  const pair = await subtle.generateKey({ modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), ...algorithm }, true, ["sign", "verify"]);
  const signature = hex(await subtle.sign(params, pair.privateKey, Buffer.from(data, "hex")));
  for (const format of ["spki", "jwk"]) {
    const key = await described(format, pair.publicKey);
    add({ op: "verify", algorithm, format, key, params, data, signature, result: true });
    add({ op: "verify", algorithm, format, key, params, data: `${data}00`, signature, result: false });
  }
  for (const format of ["pkcs8", "jwk"]) {
    const key = await described(format, pair.privateKey);
    if (isDeterministic) add({ op: "sign", algorithm, format, key, params, data, result: signature });
    add({ op: "exportKey", algorithm, format, key, as: "pkcs8", usages: ["sign"], result: await exported("pkcs8", pair.privateKey) });
  }
  add({ op: "exportKey", algorithm, format: "jwk", key: await described("jwk", pair.publicKey), as: "spki", usages: ["verify"], result: await exported("spki", pair.publicKey) });
}

async function secrets(algorithm) {
  const make = () => subtle.generateKey(algorithm, true, ["deriveBits"]);
  const [ours, theirs] = [await make(), await make()];
  const secret = hex(await subtle.deriveBits({ name: algorithm.name, public: theirs.publicKey }, ours.privateKey, 256));
  const params = { name: algorithm.name, public: { format: "raw", key: await exported("raw", theirs.publicKey) } };
  const key = await described("pkcs8", ours.privateKey);
  add({ op: "deriveBits", algorithm, format: "pkcs8", key, params, length: 256, result: secret });
}

async function ciphers(name, params, bytes) {
  const revived = Object.fromEntries(Object.entries(params).map(([k, v]) => [k, v?.hex === undefined ? v : Buffer.from(v.hex, "hex")]));
  const key = await subtle.generateKey({ name, length: bytes * 8 }, true, ["encrypt", "decrypt"]);
  const text = hex(await subtle.encrypt({ name, ...revived }, key, Buffer.from(data, "hex")));
  const test = { algorithm: { name }, format: "raw", key: await exported("raw", key), params: { name, ...params } };
  add({ ...test, op: "encrypt", data, result: text });
  add({ ...test, op: "decrypt", data: text, result: data });
}

const PSS = (hash, saltLength) => [{ name: "RSA-PSS", hash }, { name: "RSA-PSS", saltLength }];
for (const hash of ["SHA-256", "SHA-512"]) await signatures({ name: "RSASSA-PKCS1-v1_5", hash }, { name: "RSASSA-PKCS1-v1_5" }, true);
await signatures(...PSS("SHA-256", 32), false);
await signatures(...PSS("SHA-384", 0), true);
for (const [namedCurve, hash] of [["P-256", "SHA-256"], ["P-384", "SHA-1"], ["P-384", "SHA-384"], ["P-521", "SHA-256"]]) {
  await signatures({ name: "ECDSA", namedCurve }, { name: "ECDSA", hash }, false);
}
await signatures({ name: "Ed25519" }, { name: "Ed25519" }, true);
for (const namedCurve of ["P-256", "P-384"]) await secrets({ name: "ECDH", namedCurve });
await secrets({ name: "X25519" });
const iv = { hex: "000102030405060708090a0b0c0d0e0f" };
await ciphers("AES-GCM", { iv, tagLength: 96 }, 32);
await ciphers("AES-CBC", { iv }, 24);
// The counter begins anew in the middle of the text.
for (const length of [1, 8, 64]) await ciphers("AES-CTR", { counter: { hex: "ff".repeat(16) }, length }, 16).catch(() => {});

for (const test of cases) {
  const result = await check(test);
  if (JSON.stringify(result) !== JSON.stringify(test.result)) throw new Error(`${test.op} with ${JSON.stringify(test.algorithm)}: ${result}`);
}
process.stdout.write(`[\n${cases.map((test) => JSON.stringify(test)).join(",\n")}\n]\n`);
