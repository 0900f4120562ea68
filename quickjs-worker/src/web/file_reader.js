// FileReader (https://w3c.github.io/FileAPI/#APIASynch) and ProgressEvent (https://xhr.spec.whatwg.org/#interface-progressevent)
export default function (web, native) {
  web.need("blob.js");
  web.need("event_target.js");
  web.need("encoding.js");
  const { Event, EventTarget, TextDecoder, setTimeout, btoa } = globalThis;
  const STATES = { EMPTY: 0, LOADING: 1, DONE: 2 };

  class ProgressEvent extends Event {
    #init;

    constructor(type, init = undefined) {
      web.require(arguments, 1, "new ProgressEvent");
      super(type, init);
      const { lengthComputable = false, loaded = 0, total = 0 } = web.dictionary(init);
      this.#init = { lengthComputable: Boolean(lengthComputable), loaded: Number(loaded), total: Number(total) };
    }

    get lengthComputable() {
      return this.#init.lengthComputable;
    }

    get loaded() {
      return this.#init.loaded;
    }

    get total() {
      return this.#init.total;
    }
  }

  function binaryOf(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return text;
  }

  function textOf(bytes, blob, label) {
    const named = label ?? /;\s*charset=([^;\s]+)/i.exec(blob.type)?.[1];
    const known = named !== undefined && native.encodingOf(`${named}`) !== undefined;
    return new TextDecoder(known ? named : "utf-8").decode(bytes);
  }

  const dataUrlOf = (bytes, blob) => `data:${blob.type === "" ? "application/octet-stream" : blob.type};base64,${btoa(binaryOf(bytes))}`;

  class FileReader extends EventTarget {
    #state = STATES.EMPTY;
    #result = null;
    #error = null;
    // Changes with each read and each abort: what belongs to an earlier one stops.
    #turn = 0;

    readAsArrayBuffer(blob) {
      web.require(arguments, 1, "FileReader.readAsArrayBuffer");
      this.#read(blob, (bytes) => bytes.slice().buffer);
    }

    readAsBinaryString(blob) {
      web.require(arguments, 1, "FileReader.readAsBinaryString");
      this.#read(blob, binaryOf);
    }

    readAsText(blob, encoding = undefined) {
      web.require(arguments, 1, "FileReader.readAsText");
      this.#read(blob, (bytes) => textOf(bytes, blob, encoding));
    }

    readAsDataURL(blob) {
      web.require(arguments, 1, "FileReader.readAsDataURL");
      this.#read(blob, (bytes) => dataUrlOf(bytes, blob));
    }

    abort() {
      this.#result = null;
      if (this.#state !== STATES.LOADING) return;
      this.#state = STATES.DONE;
      const turn = ++this.#turn;
      this.#fire("abort", 0, 0);
      if (turn === this.#turn) this.#fire("loadend", 0, 0);
    }

    get readyState() {
      return this.#state;
    }

    get result() {
      return this.#result;
    }

    get error() {
      return this.#error;
    }

    #read(blob, convert) {
      if (!web.isBlob(blob)) throw new TypeError("what is read is a Blob");
      if (this.#state === STATES.LOADING) throw new DOMException("the reader is busy", "InvalidStateError");
      this.#state = STATES.LOADING;
      this.#result = this.#error = null;
      const turn = ++this.#turn, { size } = blob;
      const steps = [
        () => this.#fire("loadstart", 0, size),
        () => size > 0 && this.#fire("progress", size, size),
        () => this.#finish(blob, convert),
        () => this.#fire("loadend", size, size),
      ];
      // Each in a turn of its own: promises that a listener has resolved are heard before the next event.
      const next = () => {
        if (turn !== this.#turn) return;
        steps.shift()();
        if (steps.length > 0) setTimeout(next, 0);
      };
      setTimeout(next, 0);
    }

    #finish(blob, convert) {
      this.#state = STATES.DONE;
      try {
        this.#result = convert(web.bytesOfBlob(blob));
        this.#fire("load", blob.size, blob.size);
      } catch (error) {
        this.#error = error;
        this.#fire("error", 0, blob.size);
      }
    }

    #fire(type, loaded, total) {
      web.fireEvent(this, web.trust(new ProgressEvent(type, { lengthComputable: true, loaded, total })));
    }
  }

  for (const target of [FileReader, FileReader.prototype]) web.constants(target, STATES);
  web.eventHandlers(FileReader, ["loadstart", "progress", "load", "abort", "error", "loadend"]);
  web.shape(ProgressEvent);
  web.shape(FileReader);
  web.define({ FileReader, ProgressEvent });
}
