// What the other files build on: how a name becomes global, and views of bytes.
export default function (web, native) {
  const { defineProperty, getOwnPropertyNames } = Object;
  const ENUMERABLE = { enumerable: true };
  const OF_FUNCTIONS = new Set(["length", "name", "prototype"]);

  // Globals are writable and configurable, and don't show up in loops, as the standards want it.
  web.define = (values) => {
    for (const name of Object.keys(values)) {
      const value = values[name];
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
    }
  };

  // A Map that stays one, whatever a function does to Map.prototype, and that is never handed to what it has put there.
  web.Table = class extends Map {};
  for (const name of ["get", "set", "has", "delete", "size"]) {
    Object.defineProperty(web.Table.prototype, name, { ...Object.getOwnPropertyDescriptor(Map.prototype, name), configurable: false });
  }

  const needed = { __proto__: null };

  // Runs a lazy file, unless it has run.
  web.need = (file) => {
    if (needed[file]) return;
    needed[file] = true;
    try {
      native.load(file)(web, native);
    } catch (error) {
      // For lack of memory, perhaps: the next time it may do.
      needed[file] = false;
      throw error;
    }
  };

  // Globals that run their file when they are first touched; the file defines them anew.
  web.lazily = (file, names, run = web.need) => {
    for (const name of names) {
      // Assigning an event handler is touching it.
      const set = name.startsWith("on") ? (value) => {
        run(file);
        globalThis[name] = value;
      } : (value) => web.define({ [name]: value });
      const get = () => {
        run(file);
        return globalThis[name];
      };
      Object.defineProperty(globalThis, name, { get, set, configurable: true, enumerable: false });
    }
  };

  // Functions of `web` that run their file when they are first called; the file defines them anew.
  web.later = (file, names) => {
    for (const name of names) {
      web[name] = (...args) => {
        web.need(file);
        return web[name](...args);
      };
    }
  };

  // The bytes of a BufferSource, not copied; undefined for anything else.
  web.bytesOf = (source) => {
    if (source instanceof Uint8Array) return source;
    if (source instanceof ArrayBuffer) return new Uint8Array(source);
    if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return undefined;
  };

  // Prototypes of Web API classes. Their objects are more than their properties, so cloning has to know them.
  web.interfaces = new web.Table();
  // How to clone objects of a class, by its prototype: `serialize(value)` makes `data`, `deserialize(data, clone)` the copy.
  web.cloneables = new web.Table();
  web.cloneable = (Class, serialize, deserialize) => void web.cloneables.set(Class.prototype, { serialize, deserialize });
  // How to transfer objects of a class: `{ isDetached(value), create(), move(value, copy) }`.
  web.transferables = new web.Table();
  web.transferable = (Class, how) => void web.transferables.set(Class.prototype, how);

  // Accessors and methods of Web API classes are enumerable, unlike those of JavaScript classes.
  web.enumerable = (target, names) => {
    for (const name of names) defineProperty(target.prototype, name, ENUMERABLE);
    web.interfaces.set(target.prototype, target);
  };

  // Gives a class the shape of a Web IDL interface: all members enumerable, and a name for Object.prototype.toString.
  web.shape = (Class) => {
    const prototype = Class.prototype;
    for (const name of getOwnPropertyNames(prototype)) if (name !== "constructor") defineProperty(prototype, name, ENUMERABLE);
    for (const name of getOwnPropertyNames(Class)) if (!OF_FUNCTIONS.has(name)) defineProperty(Class, name, ENUMERABLE);
    defineProperty(prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
    web.interfaces.set(prototype, Class);
  };

  // The constants of an interface.
  web.constants = (target, values) => {
    for (const name of Object.keys(values)) defineProperty(target, name, { value: values[name], enumerable: true });
  };

  // What Web IDL says of a call with too few arguments.
  web.require = (given, count, what) => {
    if (given.length < count) throw new TypeError(`${what} needs ${count} argument${count === 1 ? "" : "s"}, not ${given.length}`);
  };

  web.later("inspect.js", ["inspect", "format", "widthOf", "kindOf"]);
  web.later("console_table.js", ["table"]);
  web.later("events.js", ["dictionary", "trust"]);
  web.later("event_target.js", ["checkEvent", "fireEvent"]);
  web.later("abort.js", ["isSignal", "abortSignal", "whenAborted", "newSignal"]);
  web.later("clone.js", ["cloneAndMove"]);
  web.later("messaging.js", ["isPort"]);
  web.later("user_timing.js", ["mark", "measure", "clearTimings", "timings"]);
  web.define({ self: globalThis, global: globalThis });
}
