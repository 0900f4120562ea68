// structuredClone (https://html.spec.whatwg.org/#structured-cloning)
export default function (web, native) {
  const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const VIEWS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array];
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, hasOwn, keys } = Object;

  // A function of a prototype as it is now, called with the object first.
  const call = Function.prototype.call;
  const method = (prototype, name) => call.bind(prototype[name]);
  const getter = (prototype, name) => call.bind(getOwnPropertyDescriptor(prototype, name).get);

  const timeOf = method(Date.prototype, "getTime");
  const sourceOf = getter(RegExp.prototype, "source"), flagsOf = getter(RegExp.prototype, "flags");
  const entriesOf = method(Map.prototype, "entries"), itemsOf = method(Set.prototype, "values");
  const buffer = {
    length: getter(ArrayBuffer.prototype, "byteLength"), most: getter(ArrayBuffer.prototype, "maxByteLength"),
    isResizable: getter(ArrayBuffer.prototype, "resizable"), isDetached: getter(ArrayBuffer.prototype, "detached"),
    detach: method(ArrayBuffer.prototype, "transfer"), resize: method(ArrayBuffer.prototype, "resize"),
  };
  const unbox = Object.fromEntries([Boolean, Number, String, BigInt].map((Box) => [Box.name, method(Box.prototype, "valueOf")]));
  const viewName = getter(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);
  const viewsByName = new Map(VIEWS.map((View) => [View.name, View]));

  // What an object really is, by the engine's class for it: whatever its prototype and its properties say.
  const KINDS = new Map([
    [{}, "object"], [(function () { return arguments; })(), "object"],
    [[], "array"], [new Date(), "date"], [/x/, "regexp"], [new Map(), "map"], [new Set(), "set"], [new Error(), "error"],
    [Object(true), "Boolean"], [Object(1), "Number"], [Object(""), "String"], [Object(1n), "BigInt"],
    [new ArrayBuffer(), "buffer"], [new DataView(new ArrayBuffer()), "view"], ...VIEWS.map((View) => [new View(), "view"]),
    [new DOMException(), "exception"],
  ].map(([sample, kind]) => [native.classOf(sample), kind]));
  const kindOf = (value) => KINDS.get(native.classOf(value));

  const refuse = (what) => {
    throw new DOMException(`${what} can't be cloned`, "DataCloneError");
  };

  function emptyLike(value) {
    const length = buffer.length(value);
    return buffer.isResizable(value) ? new ArrayBuffer(length, { maxByteLength: buffer.most(value) }) : new ArrayBuffer(length);
  }

  function copyBytes(from, to) {
    new Uint8Array(to).set(new Uint8Array(from));
  }

  // A view without a length of its own shows all of a buffer, however that is resized. Growing it a little tells.
  function isTracking(view, shown, step) {
    const length = buffer.length(shown);
    if (!buffer.isResizable(shown) || length + step > buffer.most(shown)) return false;
    const before = view.byteLength;
    buffer.resize(shown, length + step);
    const tracks = view.byteLength !== before;
    buffer.resize(shown, length);
    return tracks;
  }

  class Cloning {
    // Originals to copies, so that cycles and values that occur twice stay what they are.
    #copies = new web.Table();
    // What has to be done when all else has been cloned: a failure leaves everything where it is.
    #moves = [];

    transfer(value) {
      if (this.#copies.has(value)) refuse("what is to be transferred twice");
      const known = platformOf(value, web.transferables);
      if (known !== undefined) return this.#move(value, known.create(), () => known.isDetached(value), known.move);
      if (typeof value !== "object" || value === null || kindOf(value) !== "buffer") refuse("what can't be transferred");
      this.#move(value, emptyLike(value), () => buffer.isDetached(value), (from, to) => {
        copyBytes(from, to);
        buffer.detach(from, 0);
      });
    }

    #move(value, copy, isDetached, move) {
      this.#copies.set(value, copy);
      this.#moves.push(() => (isDetached() ? refuse("what has been transferred already") : () => move(value, copy)));
    }

    // Moves what is to be moved.
    finish() {
      const moves = this.#moves.map((check) => check());
      for (const move of moves) move();
    }

    clone(value) {
      if (typeof value === "symbol" || typeof value === "function") refuse(`a ${typeof value}`);
      if (typeof value !== "object" || value === null) return value;
      return this.#copies.get(value) ?? this.#object(value);
    }

    #keep(value, copy) {
      this.#copies.set(value, copy);
      return copy;
    }

    #object(value) {
      const kind = kindOf(value);
      switch (kind) {
        case "object": return this.#plain(value);
        case "array": return this.#properties(value, this.#keep(value, new Array(value.length)));
        case "date": return this.#keep(value, new Date(timeOf(value)));
        case "regexp": return this.#keep(value, new RegExp(sourceOf(value), flagsOf(value)));
        case "map": return this.#map(value);
        case "set": return this.#set(value);
        case "Boolean": case "Number": case "String": case "BigInt": return this.#keep(value, Object(unbox[kind](value)));
        case "buffer": return this.#buffer(value);
        case "view": return this.#view(value);
        case "error": return this.#error(value);
        case "exception": return this.#exception(value);
        default: return refuse(Object.prototype.toString.call(value));
      }
    }

    // An object of a Web API is more than its properties.
    #plain(value) {
      const known = platformOf(value, web.cloneables);
      if (known !== undefined) return this.#keep(value, known.deserialize(known.serialize(value), (part) => this.clone(part)));
      if (platformOf(value, web.interfaces) !== undefined) refuse(Object.prototype.toString.call(value));
      return this.#properties(value, this.#keep(value, {}));
    }

    #properties(value, copy) {
      for (const key of keys(value)) {
        if (!hasOwn(value, key)) continue;
        defineProperty(copy, key, { value: this.clone(value[key]), writable: true, enumerable: true, configurable: true });
      }
      return copy;
    }

    #map(value) {
      const copy = this.#keep(value, new Map());
      for (const [key, item] of [...entriesOf(value)]) copy.set(this.clone(key), this.clone(item));
      return copy;
    }

    #set(value) {
      const copy = this.#keep(value, new Set());
      for (const item of [...itemsOf(value)]) copy.add(this.clone(item));
      return copy;
    }

    #buffer(value) {
      if (buffer.isDetached(value)) refuse("a buffer that has been transferred");
      const copy = emptyLike(value);
      copyBytes(value, copy);
      return this.#keep(value, copy);
    }

    #view(value) {
      const shown = value.buffer, name = viewName(value), View = viewsByName.get(name) ?? DataView;
      if (kindOf(shown) !== "buffer") refuse("a view of shared memory");
      const copy = this.clone(shown), length = View === DataView ? value.byteLength : value.length;
      const own = isTracking(value, shown, View.BYTES_PER_ELEMENT ?? 1) ? undefined : length;
      return this.#keep(value, new View(copy, value.byteOffset, own));
    }

    #error(value) {
      const name = value.name === undefined ? "Error" : String(value.name);
      const message = getOwnPropertyDescriptor(value, "message");
      const copy = this.#keep(value, new (hasOwn(ERRORS, name) ? ERRORS[name] : Error)());
      if (message !== undefined && "value" in message) hide(copy, "message", String(message.value));
      if (typeof value.stack === "string") hide(copy, "stack", value.stack);
      if (hasOwn(value, "cause")) hide(copy, "cause", this.clone(value.cause));
      return copy;
    }

    #exception(value) {
      const copy = this.#keep(value, new DOMException(value.message, value.name));
      if (typeof value.stack === "string") hide(copy, "stack", value.stack);
      return copy;
    }
  }

  function hide(target, name, value) {
    defineProperty(target, name, { value, writable: true, configurable: true });
  }

  // What a registry says of the class that an object is of.
  function platformOf(value, registry) {
    if (typeof value !== "object" || value === null) return undefined;
    for (let prototype = getPrototypeOf(value); prototype !== null; prototype = getPrototypeOf(prototype)) {
      const known = registry.get(prototype);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  // A copy of a value, and what the things in the list, which are moved to it, are there.
  web.cloneAndMove = (value, list) => {
    const cloning = new Cloning();
    for (const item of list) cloning.transfer(item);
    const moved = list.map((item) => cloning.clone(item)), copy = cloning.clone(value);
    cloning.finish();
    return [copy, moved];
  };

  web.define({
    structuredClone(value, options = undefined) {
      web.require(arguments, 1, "structuredClone");
      return web.cloneAndMove(value, [...web.dictionary(options, "structuredClone").transfer ?? []])[0];
    },
  });
}
