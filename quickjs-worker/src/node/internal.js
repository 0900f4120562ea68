// What the modules of this folder build on; a function can't import it.
export const { web, native } = globalThis.bunbaseInternals;

// What Node has globally and the Web has not. A module defines its own when it runs: when it is imported, or when one is first touched.
const GLOBALS = { Buffer: "node:buffer", process: "node:process", setImmediate: "node:timers", clearImmediate: "node:timers" };

for (const name of Object.keys(GLOBALS)) {
  const set = (value) => web.define({ [name]: value });
  const get = () => {
    native.evaluate(GLOBALS[name]);
    return globalThis[name];
  };
  Object.defineProperty(globalThis, name, { get, set, configurable: true, enumerable: false });
}
web.define({ global: globalThis });
