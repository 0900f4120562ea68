// assert (https://nodejs.org/api/assert.html)
import { coded } from "node:internal/bytes";
import { isDeepLooseEqual, isDeepStrictEqual } from "node:internal/equal";
import nodes from "node:internal/inspect";

const show = (value) => nodes.inspect(value);

export class AssertionError extends Error {
  constructor({ message, actual, expected, operator }) {
    super(message ?? `${show(actual)} ${operator} ${show(expected)}`);
    Object.assign(this, { actual, expected, operator, code: "ERR_ASSERTION", generatedMessage: message === undefined });
  }

  get name() {
    return "AssertionError";
  }
}

function refuse(message, actual, expected, operator) {
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, actual, expected, operator });
}

// An assertion of two values.
const pair = (operator, holds) => (actual, expected, message) => {
  if (!holds(actual, expected)) refuse(message, actual, expected, operator);
};

const not = (holds) => (actual, expected) => !holds(actual, expected);
const loose = (actual, expected) => actual == expected || (actual !== actual && expected !== expected);

export function ok(value, message) {
  if (!value) refuse(message ?? `The expression evaluated to a falsy value: ${show(value)}`, value, true, "==");
}

export const strictEqual = pair("strictEqual", Object.is);
export const notStrictEqual = pair("notStrictEqual", not(Object.is));
export const deepStrictEqual = pair("deepStrictEqual", isDeepStrictEqual);
export const notDeepStrictEqual = pair("notDeepStrictEqual", not(isDeepStrictEqual));
export const equal = pair("==", loose);
export const notEqual = pair("!=", not(loose));
export const deepEqual = pair("deepEqual", isDeepLooseEqual);
export const notDeepEqual = pair("notDeepEqual", not(isDeepLooseEqual));
export const match = pair("match", (text, pattern) => typeof text === "string" && pattern.test(text));
export const doesNotMatch = pair("doesNotMatch", (text, pattern) => typeof text === "string" && !pattern.test(text));

export function fail(message = "Failed") {
  refuse(message, undefined, undefined, "fail");
}

export function ifError(value) {
  if (value !== null && value !== undefined) refuse(`ifError got unwanted exception: ${value.message ?? show(value)}`, value, null, "ifError");
}

function isAsWanted(error, expected) {
  if (expected === undefined) return true;
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected !== "function") return Object.keys(expected).every((key) => isWanted(error?.[key], expected[key]));
  if (expected.prototype !== undefined && error instanceof expected) return true;
  if (Error.isPrototypeOf(expected) || expected === Error) return false;
  return expected.call({}, error) === true;
}

const isWanted = (value, wanted) => (wanted instanceof RegExp && typeof value === "string" ? wanted.test(value) : isDeepStrictEqual(value, wanted));

// What was thrown, as `{ error }`; undefined when nothing was.
function thrownBy(action) {
  if (typeof action !== "function") throw coded(new TypeError(`The "fn" argument must be of type function`), "ERR_INVALID_ARG_TYPE");
  try {
    action();
  } catch (error) {
    return { error };
  }
  return undefined;
}

async function rejectedBy(promise) {
  try {
    await (typeof promise === "function" ? promise() : promise);
  } catch (error) {
    return { error };
  }
  return undefined;
}

function wanted(thrown, expected, message, operator, missing) {
  const [pattern, text] = typeof expected === "string" ? [undefined, expected] : [expected, message];
  if (thrown === undefined) refuse(text ?? missing, undefined, pattern, operator);
  if (isAsWanted(thrown.error, pattern)) return;
  // An error of another kind is thrown on, as Node does.
  if (typeof pattern === "function" && (pattern === Error || Error.isPrototypeOf(pattern))) throw thrown.error;
  refuse(text ?? `the error is not as expected: ${show(thrown.error)}`, thrown.error, pattern, operator);
}

function unwanted(thrown, expected, message, operator) {
  if (thrown === undefined) return;
  const [pattern, text] = typeof expected === "string" ? [undefined, expected] : [expected, message];
  if (!isAsWanted(thrown.error, pattern)) throw thrown.error;
  refuse(`Got unwanted exception${text === undefined ? "" : `: ${text}`}\nActual message: "${thrown.error?.message}"`, thrown.error, pattern, operator);
}

export const throws = (action, expected, message) => wanted(thrownBy(action), expected, message, "throws", "Missing expected exception");
export const doesNotThrow = (action, expected, message) => unwanted(thrownBy(action), expected, message, "doesNotThrow");
export const rejects = async (promise, expected, message) =>
  wanted(await rejectedBy(promise), expected, message, "rejects", "Missing expected rejection");
export const doesNotReject = async (promise, expected, message) => unwanted(await rejectedBy(promise), expected, message, "doesNotReject");

const assert = (value, message) => ok(value, message);
Object.assign(assert, {
  AssertionError, ok, equal, notEqual, deepEqual, notDeepEqual, strictEqual, notStrictEqual, deepStrictEqual, notDeepStrictEqual,
  match, doesNotMatch, fail, ifError, throws, doesNotThrow, rejects, doesNotReject,
});

// The same, with `equal` and `deepEqual` strict.
export const strict = Object.assign((value, message) => ok(value, message), assert, {
  equal: strictEqual, notEqual: notStrictEqual, deepEqual: deepStrictEqual, notDeepEqual: notDeepStrictEqual,
});
strict.strict = strict;
assert.strict = strict;
export default assert;
