// performance (https://w3c.github.io/hr-time/, https://w3c.github.io/user-timing/)
export default function (web, native) {
  web.need("event_target.js");
  // Only this file makes these.
  const READY = Symbol();

  class Performance extends EventTarget {
    #brand;

    constructor(token = undefined) {
      if (token !== READY) throw new TypeError("Illegal constructor");
      super();
    }

    now() {
      this.#brand;
      return native.now();
    }

    get timeOrigin() {
      this.#brand;
      return native.timeOrigin();
    }

    toJSON() {
      this.#brand;
      return { timeOrigin: this.timeOrigin };
    }

    mark(name, options = undefined) {
      web.require(arguments, 1, "performance.mark");
      return web.mark(name, options);
    }

    measure(name, startOrOptions = undefined, end = undefined) {
      web.require(arguments, 1, "performance.measure");
      return web.measure(name, startOrOptions, end);
    }

    clearMarks(name = undefined) {
      web.clearTimings("mark", name);
    }

    clearMeasures(name = undefined) {
      web.clearTimings("measure", name);
    }

    getEntries() {
      return web.timings(() => true);
    }

    getEntriesByType(type) {
      web.require(arguments, 1, "performance.getEntriesByType");
      const wanted = `${type}`;
      return web.timings((entry) => entry.entryType === wanted);
    }

    getEntriesByName(name, type = undefined) {
      web.require(arguments, 1, "performance.getEntriesByName");
      const wanted = `${name}`, kind = type === undefined ? undefined : `${type}`;
      return web.timings((entry) => entry.name === wanted && (kind === undefined || entry.entryType === kind));
    }
  }

  web.shape(Performance);
  web.define({ Performance, performance: new Performance(READY) });
}
