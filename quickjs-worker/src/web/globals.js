// What the other files build on: how a name becomes global, and views of bytes.
export default function (web, native) {
  // Globals are writable and configurable, and don't show up in loops, as the standards want it.
  web.define = (values) => {
    for (const name of Object.keys(values)) {
      const value = values[name];
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
    }
  };

  // A Map that stays one, whatever a function does to Map.prototype.
  web.Table = class extends Map {};
  for (const name of ["get", "set", "delete"]) {
    Object.defineProperty(web.Table.prototype, name, { value: Map.prototype[name] });
  }

  const needed = new Set();

  // Runs a lazy file, unless it has run.
  web.need = (file) => {
    if (needed.has(file)) return;
    needed.add(file);
    native.load(file)(web, native);
  };

  // Globals that run their file when they are first touched; the file defines them anew, as values.
  web.lazily = (file, names) => {
    for (const name of names) {
      const set = (value) => web.define({ [name]: value });
      const get = () => {
        web.need(file);
        return globalThis[name];
      };
      Object.defineProperty(globalThis, name, { get, set, configurable: true, enumerable: false });
    }
  };

  // The bytes of a BufferSource, not copied; undefined for anything else.
  web.bytesOf = (source) => {
    if (source instanceof Uint8Array) return source;
    if (source instanceof ArrayBuffer) return new Uint8Array(source);
    if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return undefined;
  };

  // Accessors and methods of Web API classes are enumerable, unlike those of JavaScript classes.
  web.enumerable = (target, names) => {
    for (const name of names) Object.defineProperty(target.prototype, name, { enumerable: true });
  };

  web.define({ self: globalThis, navigator: Object.freeze({ userAgent: "BunBase" }) });
}
