// TextEncoder, TextDecoder (https://encoding.spec.whatwg.org)
export default function (web, native) {
  const kindOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;

  class TextEncoder {
    #brand;

    get encoding() {
      this.#brand;
      return "utf-8";
    }

    encode(text = "") {
      this.#brand;
      return new Uint8Array(native.encodeUtf8(`${text}`.toWellFormed()));
    }

    encodeInto(text, target) {
      if (kindOf.call(target) !== "Uint8Array") throw new TypeError("what is encoded into is a Uint8Array");
      let read = 0, written = 0;
      for (const character of `${text}`.toWellFormed()) {
        const bytes = this.encode(character);
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        read += character.length;
        written += bytes.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    // A decoder that remembers half a character, once `stream` was asked for.
    #decoder;

    constructor(label = "utf-8", options = undefined) {
      this.#encoding = native.encodingOf(`${label}`);
      if (this.#encoding === undefined) throw new RangeError(`unknown encoding ${JSON.stringify(label)}`);
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }

    get encoding() {
      return this.#encoding;
    }

    get fatal() {
      return this.#fatal;
    }

    get ignoreBOM() {
      return this.#ignoreBOM;
    }

    decode(source = new Uint8Array(), options = undefined) {
      const bytes = web.bytesOf(source) ?? (source instanceof SharedArrayBuffer ? new Uint8Array(source).slice() : undefined);
      if (bytes === undefined) throw new TypeError("what is to be decoded is an ArrayBuffer or a view of one");
      const text = this.#decode(bytes, Boolean(options?.stream));
      if (text === undefined) throw new TypeError(`the bytes are not valid ${this.#encoding}`);
      return text;
    }

    #decode(bytes, stream) {
      const whole = this.#decoder === undefined && !stream;
      if (whole && this.#encoding === "utf-8") return native.decodeUtf8(bytes, this.#fatal, this.#ignoreBOM);
      this.#decoder ??= native.newDecoder(this.#encoding, this.#fatal, this.#ignoreBOM);
      const text = this.#decoder(bytes, !stream);
      if (!stream || text === undefined) this.#decoder = undefined;
      return text;
    }
  }

  web.shape(TextEncoder);
  web.shape(TextDecoder);
  web.define({ TextEncoder, TextDecoder });
}
