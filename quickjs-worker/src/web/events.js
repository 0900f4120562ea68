// Event, EventTarget (https://dom.spec.whatwg.org/#events), without a tree: events don't travel
export default function (web) {
  class Event {
    #type;
    #cancelable;
    #target = null;
    #prevented = false;
    #stopped = false;
    #time = performance.now();

    constructor(type, init = undefined) {
      if (arguments.length === 0) throw new TypeError("an event has a type");
      this.#type = `${type}`;
      this.#cancelable = Boolean(init?.cancelable);
    }

    get type() {
      return this.#type;
    }

    get target() {
      return this.#target;
    }

    get currentTarget() {
      return this.#target;
    }

    get bubbles() {
      return false;
    }

    get cancelable() {
      return this.#cancelable;
    }

    get defaultPrevented() {
      return this.#prevented;
    }

    get timeStamp() {
      return this.#time;
    }

    preventDefault() {
      if (this.#cancelable) this.#prevented = true;
    }

    stopPropagation() {}

    stopImmediatePropagation() {
      this.#stopped = true;
    }

    static {
      web.aim = (event, target) => void (event.#target = target);
      web.isStopped = (event) => event.#stopped;
    }
  }

  class EventTarget {
    #listeners = new Map();

    addEventListener(type, callback, options = undefined) {
      if (callback === null || callback === undefined) return;
      const once = typeof options === "object" && options !== null && Boolean(options.once);
      const signal = typeof options === "object" && options !== null ? options.signal : undefined;
      const listeners = this.#listeners.get(`${type}`) ?? [];
      if (signal?.aborted || listeners.some((listener) => listener.callback === callback)) return;
      this.#listeners.set(`${type}`, [...listeners, { callback, once }]);
      signal?.addEventListener("abort", () => this.removeEventListener(type, callback), { once: true });
    }

    removeEventListener(type, callback) {
      const listeners = this.#listeners.get(`${type}`) ?? [];
      this.#listeners.set(`${type}`, listeners.filter((listener) => listener.callback !== callback));
    }

    dispatchEvent(event) {
      web.aim(event, this);
      const handler = this[`on${event.type}`];
      if (typeof handler === "function") call(this, handler, event);
      for (const { callback, once } of this.#listeners.get(event.type) ?? []) {
        if (web.isStopped(event)) break;
        if (once) this.removeEventListener(event.type, callback);
        call(this, callback, event);
      }
      return !event.defaultPrevented;
    }
  }

  // A listener that throws doesn't keep the others from being called.
  function call(target, callback, event) {
    try {
      if (typeof callback === "function") callback.call(target, event);
      else callback.handleEvent(event);
    } catch (error) {
      web.report(error);
    }
  }

  web.define({ Event, EventTarget });
}
