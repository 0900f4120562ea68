// crypto (https://nodejs.org/api/crypto.html): randomness, hashes, HMACs; the rest is in `crypto.subtle`
import { native } from "node:internal";
import { Buffer } from "node:buffer";
import { bytesOf, coded, plain } from "node:internal/bytes";
import { bytesOfKey, createPrivateKey, createPublicKey, createSecretKey, KeyObject } from "node:internal/keys";

export const webcrypto = globalThis.crypto;
export const subtle = webcrypto.subtle;

const ALGORITHMS = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];
const MOST_RANDOM = 2 ** 31 - 1;

// `RSA-SHA256` and `sha-256` are names of sha256 too.
function algorithmOf(name) {
  const found = `${name}`.toLowerCase().replace(/^rsa-/, "").replace("sha-", "sha");
  if (ALGORITHMS.includes(found)) return found;
  throw coded(new Error("Digest method not supported"), "ERR_CRYPTO_INVALID_DIGEST");
}

class Digest {
  #state;

  constructor(state) {
    this.#state = state;
  }

  update(data, encoding = "utf8") {
    if (this.#state === undefined) throw coded(new Error("Digest already called"), "ERR_CRYPTO_HASH_FINALIZED");
    this.#state.update(bytesOf(data, encoding));
    return this;
  }

  digest(encoding = undefined) {
    if (this.#state === undefined) throw coded(new Error("Digest already called"), "ERR_CRYPTO_HASH_FINALIZED");
    const bytes = Buffer.from(this.#state.digest());
    this.#state = undefined;
    return encoding === undefined || encoding === "buffer" ? bytes : bytes.toString(encoding);
  }

  static copy(digest, Class) {
    if (digest.#state === undefined) throw coded(new Error("Digest already called"), "ERR_CRYPTO_HASH_FINALIZED");
    return new Class(digest.#state.copy());
  }
}

export class Hash extends Digest {
  copy() {
    return Digest.copy(this, Hash);
  }
}

export class Hmac extends Digest {}

export const createHash = (name) => new Hash(native.newHash(algorithmOf(name)));
export const createHmac = (name, key) => new Hmac(native.newHmac(algorithmOf(name), bytesOfKey(key)));
export const hash = (name, data, encoding = "hex") => createHash(name).update(data).digest(encoding);
export const getHashes = () => [...ALGORITHMS];

function filled(bytes) {
  if (bytes.length > 0) bytes.set(new Uint8Array(native.randomBytes(bytes.length)));
}

// With a callback, the answer comes later; without one, at once.
function answer(callback, make) {
  if (callback === undefined) return make();
  const value = make();
  queueMicrotask(() => callback(null, value));
  return undefined;
}

export function randomBytes(size, callback = undefined) {
  if (!(Number.isInteger(size) && size >= 0 && size <= MOST_RANDOM)) {
    throw coded(new RangeError(`The value of "size" is out of range. Received ${size}`), "ERR_OUT_OF_RANGE");
  }
  return answer(callback, () => randomFillSync(Buffer.alloc(size)));
}

export function randomFillSync(view, offset = 0, size = undefined) {
  const width = view.BYTES_PER_ELEMENT ?? 1;
  const bytes = plain(view);
  filled(bytes.subarray(offset * width, size === undefined ? bytes.length : (offset + size) * width));
  return view;
}

export const randomFill = (view, ...rest) => {
  const callback = rest.pop();
  answer(callback, () => randomFillSync(view, ...rest));
};

const MOST_RANGE = 2 ** 48 - 1;

// A number from `least` (or 0) up to and without `most`, each as likely as another.
export function randomInt(least, most, callback = undefined) {
  if (typeof most !== "number") return randomInt(0, least, most);
  const range = most - least;
  if (!(Number.isSafeInteger(least) && Number.isSafeInteger(most) && range > 0 && range <= MOST_RANGE)) {
    throw coded(new RangeError(`a random number can't be from ${least} up to ${most}`), "ERR_OUT_OF_RANGE");
  }
  return answer(callback, () => {
    const limit = MOST_RANGE - (MOST_RANGE % range);
    for (;;) {
      const number = randomBytes(6).readUIntBE(0, 6);
      if (number < limit) return least + (number % range);
    }
  });
}

export const randomUUID = () => native.randomUuid();
export const getRandomValues = (array) => webcrypto.getRandomValues(array);

// How long it takes doesn't depend on where the two differ.
export function timingSafeEqual(a, b) {
  const [one, other] = [plain(a), plain(b)];
  if (one === undefined || other === undefined) throw coded(new TypeError("what is compared is a Buffer or a view"), "ERR_INVALID_ARG_TYPE");
  if (one.length !== other.length) throw coded(new RangeError("Input buffers must have the same byte length"), "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH");
  return native.equalInConstantTime(one, other);
}

export { createPrivateKey, createPublicKey, createSecretKey, KeyObject };
export default {
  webcrypto, subtle, Hash, Hmac, createHash, createHmac, hash, getHashes, randomBytes, randomFillSync, randomFill, randomInt, randomUUID,
  getRandomValues, timingSafeEqual, KeyObject, createSecretKey, createPrivateKey, createPublicKey,
};
