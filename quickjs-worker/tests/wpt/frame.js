// What a file of the Web Platform Tests finds around it, and how its results get out. `bundle` stands before this text:
// { path, search, secure, timeout, harness: source, helpers: [source], test: source, files: { path: text } }.
const { stringify } = JSON;
const HARNESS = "resources/testharness.js";
const [Answer, later, realFetch] = [Response, setTimeout, globalThis.fetch];

const define = (name, value) =>
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

function evaluate(source) {
  (0, eval)(source);
}

function locationOf({ href, origin, protocol, host, hostname, port, pathname, search, hash }) {
  return { href, origin, protocol, host, hostname, port, pathname, search, hash, toString: () => href };
}

function prepare() {
  const at = new URL(`${bundle.secure ? "https" : "http"}://web-platform.test/${bundle.path}${bundle.search}`);
  const resolve = (path) => new URL(path, at).pathname.slice(1);
  if (typeof self === "undefined") define("self", globalThis);
  define("location", locationOf(at));
  define("GLOBAL", { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false });
  define("fetch", async (input, init) => {
    const text = typeof input === "string" ? bundle.files[resolve(input)] : undefined;
    if (text !== undefined) return new Answer(text);
    if (realFetch === undefined) throw new TypeError("there is no fetch");
    return realFetch(input, init);
  });
  define("importScripts", (...paths) => {
    for (const path of paths.map(resolve)) if (path !== HARNESS) evaluate(bundle.files[path]);
  });
}

// What tells the harness that this is no page. Testharness.js itself would then wait for messages, so it comes before.
function pretendToBeAWorker() {
  define("DedicatedWorkerGlobalScope", { [Symbol.hasInstance]: (value) => value === globalThis });
}

// Testharness.js, then the test; resolves when the harness says that all is done, or its time is over.
function run() {
  return new Promise((resolve) => {
    evaluate(bundle.harness);
    pretendToBeAWorker();
    add_completion_callback((tests, status) => resolve({ tests, status }));
    later(timeout, bundle.timeout);
    for (const helper of bundle.helpers) evaluate(helper);
    evaluate(bundle.test);
  });
}

const text = (value) => (value === null || value === undefined ? null : String(value).toWellFormed());

function subtest({ name, status, message }) {
  return { name: text(name), status: ["PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"][status], message: text(message) };
}

async function outcome() {
  try {
    prepare();
    const { tests, status } = await run();
    const harness = ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"][status.status];
    return { harness, message: text(status.message), subtests: tests.map(subtest) };
  } catch (error) {
    return { harness: "ERROR", message: text(error?.stack === undefined ? error : `${error}\n${error.stack}`), subtests: [] };
  }
}

export default {
  async fetch() {
    return new Answer(stringify(await outcome()));
  },
};
