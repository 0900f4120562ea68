// Blob, File (https://w3c.github.io/FileAPI/)
export default function (web, native) {
  const TYPE = /^[\x20-\x7e]*$/;

  const typeOf = (type) => (TYPE.test(type) ? type.toLowerCase() : "");

  function partOf(part, endings) {
    const bytes = web.bytesOf(part);
    if (bytes !== undefined) return bytes.slice();
    if (web.isBlob(part)) return web.bytesOfBlob(part);
    const text = `${part}`.toWellFormed();
    return new Uint8Array(native.encodeUtf8(endings === "native" ? text.replace(/\r\n?/g, "\n") : text));
  }

  function endingsOf(endings = "transparent") {
    const text = `${endings}`;
    if (text !== "transparent" && text !== "native") throw new TypeError(`endings are "transparent" or "native", not ${text}`);
    return text;
  }

  function join(parts) {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  function partsOf(parts, endings) {
    if (parts === undefined) return [];
    if (parts === null || typeof parts !== "object" && typeof parts !== "function" || parts[Symbol.iterator] === undefined) {
      throw new TypeError("the parts of a Blob are given as a list");
    }
    return [...parts].map((part) => partOf(part, endings));
  }

  function optionsOf(options) {
    if (options === undefined || options === null) return {};
    if (typeof options !== "object" && typeof options !== "function") throw new TypeError("options are an object");
    return options;
  }

  function position(value, size, otherwise) {
    if (value === undefined) return otherwise;
    const number = Math.trunc(Number(value)) || 0;
    return number < 0 ? Math.max(size + number, 0) : Math.min(number, size);
  }

  class Blob {
    // Never written to: slices share them.
    #bytes;
    #type;

    constructor(parts = undefined, options = undefined) {
      const { endings, type = "" } = optionsOf(options);
      const checked = endingsOf(endings);
      this.#bytes = join(partsOf(parts, checked));
      this.#type = typeOf(`${type}`);
    }

    get size() {
      return this.#bytes.length;
    }

    get type() {
      return this.#type;
    }

    slice(start = undefined, end = undefined, type = "") {
      const size = this.#bytes.length;
      const from = position(start, size, 0), to = Math.max(position(end, size, size), from);
      return Blob.#of(this.#bytes.subarray(from, to), typeOf(`${type}`));
    }

    async text() {
      return native.decodeUtf8(this.#bytes, false, false);
    }

    async arrayBuffer() {
      return this.#bytes.slice().buffer;
    }

    async bytes() {
      return this.#bytes.slice();
    }

    stream() {
      web.need("streams.js");
      return web.streamOf(this.#bytes);
    }

    get [Symbol.toStringTag]() {
      return "Blob";
    }

    static #of(bytes, type) {
      const blob = new Blob();
      blob.#bytes = bytes;
      blob.#type = type;
      return blob;
    }

    static {
      web.isBlob = (value) => typeof value === "object" && value !== null && #bytes in value;
      web.bytesOfBlob = (blob) => blob.#bytes;
      web.blobOf = (bytes, type) => Blob.#of(bytes, typeOf(type));
    }
  }

  class File extends Blob {
    #name;
    #lastModified;

    constructor(parts, name, options = undefined) {
      if (arguments.length < 2) throw new TypeError("a File is made of parts and a name");
      super(parts, options);
      this.#name = `${name}`.toWellFormed();
      const date = optionsOf(options).lastModified;
      this.#lastModified = date === undefined ? Date.now() : Math.trunc(Number(date)) || 0;
    }

    get name() {
      return this.#name;
    }

    get lastModified() {
      return this.#lastModified;
    }

    get webkitRelativePath() {
      return "";
    }

    get [Symbol.toStringTag]() {
      return "File";
    }

    static {
      web.isFile = (value) => typeof value === "object" && value !== null && #name in value;
    }
  }

  web.enumerable(Blob, ["size", "type", "slice", "text", "arrayBuffer", "bytes", "stream"]);
  web.enumerable(File, ["name", "lastModified", "webkitRelativePath"]);
  web.define({ Blob, File });
}
