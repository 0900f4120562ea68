// async_hooks (https://nodejs.org/api/async_context.html): what a chain of calls carries along, over `await` and callbacks
import { web } from "node:internal";
import "node:internal/frames";

// A frame is a Map from storages to what they hold, and is never changed: `web.frame` is that of the code which is running.
function within(frame, callback, receiver, args) {
  const before = web.frame;
  web.frame = frame;
  try {
    return callback.apply(receiver, args);
  } finally {
    web.frame = before;
  }
}

export class AsyncLocalStorage {
  #default;

  constructor({ defaultValue, name = "" } = {}) {
    this.#default = defaultValue;
    this.name = name;
  }

  static bind(callback) {
    return AsyncResource.bind(callback);
  }

  static snapshot() {
    const frame = web.frame;
    return (callback, ...args) => within(frame, callback, undefined, args);
  }

  getStore() {
    return web.frame?.has(this) ? web.frame.get(this) : this.#default;
  }

  run(store, callback, ...args) {
    return within(this.#with(store), callback, undefined, args);
  }

  exit(callback, ...args) {
    return within(this.#without(), callback, undefined, args);
  }

  enterWith(store) {
    web.frame = this.#with(store);
  }

  disable() {
    web.frame = this.#without();
  }

  #with(store) {
    return new Map(web.frame).set(this, store);
  }

  #without() {
    const frame = new Map(web.frame);
    frame.delete(this);
    return frame;
  }
}

let resources = 0;

export class AsyncResource {
  #frame = web.frame;
  #number = ++resources;

  constructor(type) {
    if (typeof type !== "string") throw new TypeError("a resource's type is a string");
    this.type = type;
  }

  static bind(callback, type = "bound", receiver = undefined) {
    return new AsyncResource(type).bind(callback, receiver);
  }

  runInAsyncScope(callback, receiver, ...args) {
    return within(this.#frame, callback, receiver, args);
  }

  bind(callback, receiver = undefined) {
    const frame = this.#frame;
    return function (...args) {
      return within(frame, callback, receiver ?? this, args);
    };
  }

  asyncId() {
    return this.#number;
  }

  emitDestroy() {
    return this;
  }
}

export default { AsyncLocalStorage, AsyncResource };
