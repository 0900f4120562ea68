// EventEmitter, once, on (https://nodejs.org/api/events.html)
import { web } from "node:internal";
import { coded } from "node:internal/bytes";

export const errorMonitor = Symbol("events.errorMonitor");
export const captureRejectionSymbol = Symbol.for("nodejs.rejection");
export let defaultMaxListeners = 10;

function check(listener) {
  if (typeof listener === "function") return;
  throw coded(new TypeError(`The "listener" argument must be of type function. Received ${web.kindOf(listener)}`), "ERR_INVALID_ARG_TYPE");
}

// A function, so that it can be called on what is not made by `new`: `EventEmitter.call(this)`.
export function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

EventEmitter.init = function (options) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = Object.create(null);
    this._eventsCount = 0;
  }
  this._maxListeners ??= undefined;
  if (options?.captureRejections) this._captures = true;
};

function add(emitter, name, listener, first) {
  check(listener);
  emitter._events ?? EventEmitter.init.call(emitter);
  if (emitter._events.newListener !== undefined) emitter.emit("newListener", name, listener.listener ?? listener);
  const list = emitter._events[name] ?? [];
  if (list.length === 0) emitter._eventsCount++;
  emitter._events[name] = first ? [listener, ...list] : [...list, listener];
  warn(emitter, name);
  return emitter;
}

function warn(emitter, name) {
  const most = emitter.getMaxListeners(), list = emitter._events[name];
  if (most === 0 || list.length <= most || list.warned) return;
  list.warned = true;
  console.warn(`MaxListenersExceededWarning: ${list.length} ${String(name)} listeners added to an emitter whose limit is ${most}`);
}

function wrapOnce(emitter, name, listener) {
  check(listener);
  const wrapped = (...args) => {
    emitter.removeListener(name, wrapped);
    return listener.apply(emitter, args);
  };
  wrapped.listener = listener;
  return wrapped;
}

function unhandled(error) {
  if (error instanceof Error) return error;
  const wrapped = coded(new Error(`Unhandled error. (${web.inspect(error)})`), "ERR_UNHANDLED_ERROR");
  wrapped.context = error;
  return wrapped;
}

// What a listener's promise is rejected with, when the emitter was made to look at it.
function capture(emitter, result, name, args) {
  if (!emitter._captures || typeof result?.then !== "function") return;
  result.then(undefined, (error) => {
    if (typeof emitter[captureRejectionSymbol] === "function") emitter[captureRejectionSymbol](error, name, ...args);
    else emitter.emit("error", error);
  });
}

const methods = {
  emit(name, ...args) {
    const events = this._events;
    if (name === "error" && events?.[errorMonitor] !== undefined) this.emit(errorMonitor, ...args);
    const list = events?.[name];
    if (list === undefined && name === "error") throw unhandled(args[0]);
    for (const listener of list ?? []) capture(this, listener.apply(this, args), name, args);
    return list !== undefined;
  },
  on(name, listener) {
    return add(this, name, listener, false);
  },
  prependListener(name, listener) {
    return add(this, name, listener, true);
  },
  once(name, listener) {
    return add(this, name, wrapOnce(this, name, listener), false);
  },
  prependOnceListener(name, listener) {
    return add(this, name, wrapOnce(this, name, listener), true);
  },
  removeListener(name, listener) {
    check(listener);
    const list = this._events?.[name];
    const at = list?.findLastIndex((one) => one === listener || one.listener === listener) ?? -1;
    if (at < 0) return this;
    if (list.length === 1) {
      delete this._events[name];
      this._eventsCount--;
    } else this._events[name] = list.toSpliced(at, 1);
    if (this._events.removeListener !== undefined) this.emit("removeListener", name, listener);
    return this;
  },
  removeAllListeners(name) {
    for (const one of name === undefined ? this.eventNames() : [name]) {
      for (const listener of this.rawListeners(one).reverse()) this.removeListener(one, listener);
    }
    return this;
  },
  setMaxListeners(count) {
    if (!(count >= 0)) throw coded(new RangeError(`a number of listeners is not ${count}`), "ERR_OUT_OF_RANGE");
    this._maxListeners = count;
    return this;
  },
  getMaxListeners() {
    return this._maxListeners ?? EventEmitter.defaultMaxListeners;
  },
  listeners(name) {
    return this.rawListeners(name).map((listener) => listener.listener ?? listener);
  },
  rawListeners(name) {
    return [...(this._events?.[name] ?? [])];
  },
  listenerCount(name, listener) {
    const list = this.listeners(name);
    return listener === undefined ? list.length : list.filter((one) => one === listener).length;
  },
  eventNames() {
    return Reflect.ownKeys(this._events ?? {});
  },
};
methods.addListener = methods.on;
methods.off = methods.removeListener;
for (const name of Object.keys(methods)) {
  Object.defineProperty(EventEmitter.prototype, name, { value: methods[name], writable: true, configurable: true });
}

function abortError(signal) {
  const error = coded(new Error("The operation was aborted", { cause: signal.reason }), "ABORT_ERR");
  error.name = "AbortError";
  return error;
}

const listen = (target, name, listener) => (target.addEventListener ?? target.on).call(target, name, listener);
const unlisten = (target, name, listener) => (target.removeEventListener ?? target.off).call(target, name, listener);

// A promise of the arguments of the next event.
export function once(target, name, { signal } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw abortError(signal);
    const listeners = {
      [name]: (...args) => end(resolve, args),
      ...(name === "error" || target.addEventListener ? {} : { error: (error) => end(reject, error) }),
    };
    const stop = () => end(reject, abortError(signal));
    const end = (settle, value) => {
      for (const key of Reflect.ownKeys(listeners)) unlisten(target, key, listeners[key]);
      signal?.removeEventListener("abort", stop);
      settle(value);
    };
    for (const key of Reflect.ownKeys(listeners)) listen(target, key, listeners[key]);
    signal?.addEventListener("abort", stop);
  });
}

// The events as they come, for `for await`.
export function on(target, name, { signal } = {}) {
  if (signal?.aborted) throw abortError(signal);
  const ready = [], waiting = [];
  let ended = false, failure;
  const put = (...args) => (waiting.length > 0 ? waiting.shift().resolve({ value: args, done: false }) : ready.push(args));
  const finish = (error) => {
    if (ended) return;
    ended = true;
    failure = error;
    unlisten(target, name, put);
    if (target.off) target.off("error", finish);
    signal?.removeEventListener("abort", stop);
    const first = error === undefined ? undefined : waiting.shift();
    if (first !== undefined) {
      failure = undefined;
      first.reject(error);
    }
    for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
  };
  const stop = () => finish(abortError(signal));
  listen(target, name, put);
  if (name !== "error" && target.off) target.on("error", finish);
  signal?.addEventListener("abort", stop);
  return {
    async next() {
      if (ready.length > 0) return { value: ready.shift(), done: false };
      if (failure !== undefined) {
        const error = failure;
        failure = undefined;
        throw error;
      }
      if (ended) return { value: undefined, done: true };
      const { promise, resolve, reject } = Promise.withResolvers();
      waiting.push({ resolve, reject });
      return promise;
    },
    async return() {
      finish(undefined);
      return { value: undefined, done: true };
    },
    async throw(error) {
      finish(error);
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

export const getEventListeners = (target, name) => target.listeners(name);
export const listenerCount = (emitter, name) => emitter.listenerCount(name);
export const setMaxListeners = (count, ...targets) => {
  if (targets.length === 0) EventEmitter.defaultMaxListeners = count;
  for (const target of targets) target.setMaxListeners?.(count);
};
// Runs the listener when the signal is aborted, or now if it has been; `using` takes it off again.
export const addAbortListener = (signal, listener) => {
  if (signal.aborted) queueMicrotask(() => listener());
  else signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: () => signal.removeEventListener("abort", listener) };
};

Object.defineProperty(EventEmitter, "defaultMaxListeners", {
  get: () => defaultMaxListeners,
  set: (count) => void (defaultMaxListeners = count),
  enumerable: true,
});
Object.assign(EventEmitter, { EventEmitter, once, on, errorMonitor, captureRejectionSymbol, getEventListeners, listenerCount, setMaxListeners, addAbortListener });
export default EventEmitter;
