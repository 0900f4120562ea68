// StringDecoder (https://nodejs.org/api/string_decoder.html): text of bytes that come in pieces
import { Buffer } from "node:buffer";
import { bytesOf, coded, encode, encodingOf } from "node:internal/bytes";

// So many bytes make whole characters in the encodings that have no state besides.
const GROUPS = { base64: 3, base64url: 3, hex: 1, latin1: 1, ascii: 1, utf16le: 2 };

export class StringDecoder {
  #rest = new Uint8Array();
  #decoder;

  constructor(encoding = "utf8") {
    this.encoding = encodingOf(encoding);
    if (this.encoding === undefined) throw coded(new TypeError(`Unknown encoding: ${encoding}`), "ERR_UNKNOWN_ENCODING");
    if (this.encoding === "utf8") this.#decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  }

  write(source) {
    if (typeof source === "string") return source;
    const bytes = bytesOf(source);
    return this.#decoder === undefined ? this.#whole(bytes) : this.#decoder.decode(bytes, { stream: true });
  }

  end(source = undefined) {
    const text = source === undefined ? "" : this.write(source);
    const rest = this.#decoder === undefined ? encode(this.#rest, this.encoding) : this.#decoder.decode();
    this.#rest = new Uint8Array();
    return text + rest;
  }

  #whole(bytes) {
    const all = Buffer.concat([this.#rest, bytes]);
    let end = all.length - (all.length % GROUPS[this.encoding]);
    // The first half of a pair waits for the second.
    if (this.encoding === "utf16le" && end > 0 && (all[end - 1] & 0xfc) === 0xd8) end -= 2;
    this.#rest = Uint8Array.from(all.subarray(end));
    return encode(new Uint8Array(all.buffer, all.byteOffset, end), this.encoding);
  }
}

export default { StringDecoder };
