// Secret keys as objects. Pairs of keys are in `crypto.subtle` only.
import { Buffer } from "node:buffer";
import { bytesOf, coded } from "node:internal/bytes";

const OWN = Symbol();

export class KeyObject {
  #bytes;

  constructor(token, bytes) {
    if (token !== OWN) throw coded(new TypeError("a key is made by createSecretKey"), "ERR_INVALID_ARG_VALUE");
    this.#bytes = bytes;
  }

  get type() {
    return "secret";
  }

  get symmetricKeySize() {
    return this.#bytes.length;
  }

  equals(other) {
    return other instanceof KeyObject && Buffer.compare(this.#bytes, other.#bytes) === 0;
  }

  export({ format = "buffer" } = {}) {
    return format === "jwk" ? { kty: "oct", k: this.#bytes.toString("base64url") } : Buffer.from(this.#bytes);
  }
}

export const createSecretKey = (key, encoding = "utf8") => new KeyObject(OWN, Buffer.from(bytesOf(key, encoding)));

function refuse() {
  throw coded(new Error("the quickjs runtime has pairs of keys in crypto.subtle only"), "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM");
}

// Packages try whether a text is such a key before they take it for a secret.
export const createPrivateKey = () => refuse();
export const createPublicKey = () => refuse();

// The bytes of a key, which may be an object, a text or bytes.
export const bytesOfKey = (key) => (key instanceof KeyObject ? bytesOf(key.export()) : bytesOf(key));
