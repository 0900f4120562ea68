// timers (https://nodejs.org/api/timers.html): timers that are objects
import { web } from "node:internal";
import promises from "node:timers/promises";

const { setTimeout: start, setInterval: repeat, clearTimeout: stop, clearInterval } = globalThis;

class Timeout {
  #number;
  #again;
  #holds = true;

  constructor(again) {
    this.#again = again;
    this.#number = again();
  }

  // A worker lives as long as its host wants: a timer neither keeps it nor lets it go.
  ref() {
    this.#holds = true;
    return this;
  }

  unref() {
    this.#holds = false;
    return this;
  }

  hasRef() {
    return this.#holds;
  }

  refresh() {
    stop(this.#number);
    this.#number = this.#again();
    return this;
  }

  close() {
    stop(this.#number);
    return this;
  }

  [Symbol.toPrimitive]() {
    return this.#number;
  }
}

export const setTimeout = (callback, delay, ...args) => new Timeout(() => start(callback, delay, ...args));
export const setInterval = (callback, delay, ...args) => new Timeout(() => repeat(callback, delay, ...args));
export const setImmediate = (callback, ...args) => new Timeout(() => start(callback, 0, ...args));
export const clearTimeout = (timer = 0) => stop(Number(timer ?? 0));
export const clearImmediate = clearTimeout;
web.define({ setImmediate, clearImmediate });

export { clearInterval, promises };
export default { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, promises };
