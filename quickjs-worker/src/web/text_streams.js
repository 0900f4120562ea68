// TextEncoderStream, TextDecoderStream (https://encoding.spec.whatwg.org/#interface-textencoderstream)
export default function (web) {
  web.need("streams.js");
  const { TransformStream, TextEncoder, TextDecoder } = globalThis;

  class TextEncoderStream {
    #encoder = new TextEncoder();
    // A high surrogate at the end of a chunk, whose other half may come with the next.
    #half = "";
    #stream = new TransformStream({
      transform: (chunk, controller) => this.#transform(`${chunk}`, controller),
      flush: (controller) => {
        if (this.#half !== "") controller.enqueue(new Uint8Array([0xef, 0xbf, 0xbd]));
      },
    });

    #transform(chunk, controller) {
      const text = this.#half + chunk, last = text.charCodeAt(text.length - 1);
      const ends = last >= 0xd800 && last <= 0xdbff;
      this.#half = ends ? text.slice(-1) : "";
      const whole = ends ? text.slice(0, -1) : text;
      if (whole !== "") controller.enqueue(this.#encoder.encode(whole));
    }

    get encoding() {
      this.#half;
      return "utf-8";
    }

    get readable() {
      return this.#stream.readable;
    }

    get writable() {
      return this.#stream.writable;
    }

    get [Symbol.toStringTag]() {
      return "TextEncoderStream";
    }
  }

  class TextDecoderStream {
    #decoder;
    #stream = new TransformStream({
      transform: (chunk, controller) => {
        // What has been transferred has no bytes any more.
        if ((chunk?.buffer ?? chunk)?.detached === true) return;
        if (web.bytesOf(chunk) === undefined) throw new TypeError("a chunk is an ArrayBuffer or a view of one");
        TextDecoderStream.#enqueue(controller, this.#decoder.decode(chunk, { stream: true }));
      },
      flush: (controller) => TextDecoderStream.#enqueue(controller, this.#decoder.decode()),
    });

    constructor(label = "utf-8", options = undefined) {
      this.#decoder = new TextDecoder(label, options);
    }

    static #enqueue(controller, text) {
      if (text !== "") controller.enqueue(text);
    }

    get encoding() {
      return this.#decoder.encoding;
    }

    get fatal() {
      return this.#decoder.fatal;
    }

    get ignoreBOM() {
      return this.#decoder.ignoreBOM;
    }

    get readable() {
      return this.#stream.readable;
    }

    get writable() {
      return this.#stream.writable;
    }

    get [Symbol.toStringTag]() {
      return "TextDecoderStream";
    }
  }

  web.enumerable(TextEncoderStream, ["encoding", "readable", "writable"]);
  web.enumerable(TextDecoderStream, ["encoding", "fatal", "ignoreBOM", "readable", "writable"]);
  web.define({ TextEncoderStream, TextDecoderStream });
}
