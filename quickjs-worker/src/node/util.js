// util (https://nodejs.org/api/util.html)
import { coded } from "node:internal/bytes";
import { isDeepStrictEqual } from "node:internal/equal";
import nodes from "node:internal/inspect";
import { env } from "node:process";
import types from "node:util/types";

const CUSTOM = Symbol.for("nodejs.util.promisify.custom");
const { inspect, format, formatWithOptions, stripVTControlCharacters } = nodes;
const { TextEncoder, TextDecoder } = globalThis;

function check(original) {
  if (typeof original !== "function") throw coded(new TypeError(`The "original" argument must be of type function. Received ${typeof original}`), "ERR_INVALID_ARG_TYPE");
}

function promisify(original) {
  check(original);
  if (typeof original[CUSTOM] === "function") return original[CUSTOM];
  const promised = function (...args) {
    return new Promise((resolve, reject) => {
      original.call(this, ...args, (error, value) => (error ? reject(error) : resolve(value)));
    });
  };
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
  return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = CUSTOM;

function falsy(reason) {
  if (reason) return reason;
  const error = coded(new Error("Promise was rejected with falsy value"), "ERR_FALSY_VALUE_REJECTION");
  error.reason = reason;
  return error;
}

function callbackify(original) {
  check(original);
  return function (...args) {
    const callback = args.pop();
    check(callback);
    // Out of the promise: what the callback throws is an uncaught error and not a rejection.
    const later = (...results) => queueMicrotask(() => callback.apply(this, results));
    original.apply(this, args).then((value) => later(null, value), (reason) => later(falsy(reason)));
  };
}

const warned = new Set();

function deprecate(original, message, code) {
  let told = false;
  return function (...args) {
    if (!told && !warned.has(code)) console.warn(`DeprecationWarning: ${code === undefined ? "" : `[${code}] `}${message}`);
    told = true;
    if (code !== undefined) warned.add(code);
    return new.target ? Reflect.construct(original, args, new.target) : original.apply(this, args);
  };
}

function inherits(constructor, parent) {
  Object.defineProperty(constructor, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

// Says something when the variable NODE_DEBUG of the function names the section.
function debuglog(section) {
  const wanted = `${env.NODE_DEBUG ?? ""}`.toLowerCase().split(",");
  const enabled = wanted.includes(section.toLowerCase());
  const log = (...args) => {
    if (enabled) console.debug(`${section.toUpperCase()}: ${format(...args)}`);
  };
  log.enabled = enabled;
  return log;
}

const toUSVString = (text) => `${text}`.toWellFormed();
const isArray = Array.isArray;
const debug = debuglog;

export {
  callbackify, debug, debuglog, deprecate, format, formatWithOptions, inherits, inspect, isArray, isDeepStrictEqual, promisify,
  stripVTControlCharacters, TextDecoder, TextEncoder, toUSVString, types,
};
export default {
  callbackify, debug, debuglog, deprecate, format, formatWithOptions, inherits, inspect, isArray, isDeepStrictEqual, promisify,
  stripVTControlCharacters, TextDecoder, TextEncoder, toUSVString, types,
};
