// CompressionStream, DecompressionStream (https://compression.spec.whatwg.org)
export default function (web, native) {
  web.need("streams.js");
  const { TransformStream } = globalThis;
  const FORMATS = new Set(["deflate", "deflate-raw", "gzip"]);
  // Decompressed, this is at most some megabytes: what comes of it is handed on before more is taken.
  const SLICE = 4096;

  function formatOf(format) {
    const text = `${format}`;
    if (!FORMATS.has(text)) throw new TypeError(`unknown format ${JSON.stringify(text)}: gzip, deflate and deflate-raw are known`);
    return text;
  }

  function bytesOf(chunk) {
    const bytes = web.bytesOf(chunk);
    if (bytes === undefined) throw new TypeError("a chunk is an ArrayBuffer or a view of one");
    return bytes;
  }

  // A transformer over a coder of Rust: `(bytes)` takes some in, `()` ends; both return what came of it.
  const through = (coder) => new TransformStream({
    transform(chunk, controller) {
      const bytes = bytesOf(chunk);
      for (let at = 0; at < bytes.length; at += SLICE) {
        enqueue(controller, coder(bytes.subarray(at, at + SLICE)));
      }
    },
    flush: (controller) => enqueue(controller, coder(undefined)),
  });

  function enqueue(controller, bytes) {
    if (bytes.byteLength > 0) controller.enqueue(new Uint8Array(bytes));
  }

  class CompressionStream {
    #stream;

    constructor(format) {
      this.#stream = through(native.newCompressor(formatOf(format)));
    }

    get readable() {
      return this.#stream.readable;
    }

    get writable() {
      return this.#stream.writable;
    }

    get [Symbol.toStringTag]() {
      return "CompressionStream";
    }
  }

  class DecompressionStream {
    #stream;

    constructor(format) {
      this.#stream = through(native.newDecompressor(formatOf(format)));
    }

    get readable() {
      return this.#stream.readable;
    }

    get writable() {
      return this.#stream.writable;
    }

    get [Symbol.toStringTag]() {
      return "DecompressionStream";
    }
  }

  web.enumerable(CompressionStream, ["readable", "writable"]);
  web.enumerable(DecompressionStream, ["readable", "writable"]);
  web.define({ CompressionStream, DecompressionStream });
}
