// Carries `web.frame` over promises. Runs once `node:async_hooks` is imported; without it, promises are as the engine has them.
//
// The engine has no word for «the code that continues here». What makes up for it, for each way in which a job comes to be:
// - `promise.then(callback)`: the callback is wrapped.
// - `await promise`: the engine reads `promise.constructor` and at once adds its own reaction. A getter there adds one before it: that
//   sets the frame, and the next job is the continuation.
// - `await value`: the engine makes a promise, resolves it and at once queues the continuation. A promise that is resolved right after
//   it was made queues a job that sets the frame.
// - `await thenable`: the engine makes a promise and calls `then` in a job, before which it says so. The promise's frame is kept until then.
// Before each job Rust calls `leave`: a frame that no job has set for the next one is none of the next one's.
import { web, native } from "node:internal";

const { Promise, TypeError } = globalThis;
const { defineProperty } = Object;
const { then, constructor } = Promise.prototype;
const { resolve } = Promise;
const { apply } = Reflect;

const kept = new WeakMap(), thenables = new WeakMap();
// While this file itself, or the engine on behalf of `then`, makes promises and reads their constructor.
let attaching = false, quiet = false;
let isSet = false;

function set(frame) {
  web.frame = frame;
  isSet = true;
}

function leave() {
  if (!isSet) web.frame = undefined;
  isSet = false;
}

const wrapped = (callback, frame) => {
  if (typeof callback !== "function") return callback;
  return (value) => {
    web.frame = frame;
    return callback(value);
  };
};

// Runs `action` without reading of the constructor having an effect.
function quietly(action, receiver, ...args) {
  const before = quiet;
  quiet = true;
  try {
    return apply(action, receiver, args);
  } finally {
    quiet = before;
  }
}

function attach(promise) {
  const frame = web.frame, setFrame = () => set(frame);
  attaching = true;
  try {
    apply(then, promise, [setFrame, setFrame]);
  } catch (error) {
    // Something with the prototype of a promise that is none.
    if (!(error instanceof TypeError)) throw error;
  } finally {
    attaching = false;
  }
}

defineProperty(Promise.prototype, "constructor", {
  get() {
    if (!attaching && !quiet) attach(this);
    return constructor;
  },
  set(value) {
    defineProperty(this, "constructor", { value, writable: true, configurable: true, enumerable: true });
  },
  configurable: true,
});

const methods = {
  then(fulfilled, rejected) {
    return quietly(then, this, wrapped(fulfilled, web.frame), wrapped(rejected, web.frame));
  },
};
defineProperty(Promise.prototype, "then", { value: methods.then, writable: true, configurable: true });
const statics = {
  resolve(value) {
    return quietly(resolve, this, value);
  },
};
defineProperty(Promise, "resolve", { value: statics.resolve, writable: true, configurable: true });

native.followPromises({
  leave,
  made(promise) {
    if (!attaching && web.frame !== undefined) kept.set(promise, web.frame);
  },
  resolvedAtOnce() {
    if (attaching || quiet) return;
    const frame = web.frame;
    web.enqueue(() => set(frame));
  },
  callsThen(promise) {
    web.frame = kept.get(promise);
    thenables.set(promise, web.frame);
  },
  resolved(promise) {
    if (!thenables.has(promise)) return;
    const frame = thenables.get(promise);
    web.enqueue(() => set(frame));
  },
});
