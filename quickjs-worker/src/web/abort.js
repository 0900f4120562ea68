// AbortController, AbortSignal (https://dom.spec.whatwg.org/#aborting-ongoing-activities)
export default function (web) {
  web.need("event_target.js");
  // Only this file makes signals.
  const READY = Symbol();
  const LARGEST = Number.MAX_SAFE_INTEGER;

  function millisecondsOf(value) {
    const number = Number(value);
    if (!Number.isFinite(number) || Math.trunc(number) < 0 || Math.trunc(number) > LARGEST) {
      throw new TypeError("a timeout is a number of milliseconds from 0 to 2^53 - 1");
    }
    return Math.trunc(number);
  }

  class AbortSignal extends EventTarget {
    #reason;
    #aborted = false;
    // What is to be done before the event.
    #steps = new Set();
    // The signals that this one depends on, none of which depends on any; and those that depend on it.
    #sources;
    #dependents = new Set();

    constructor(token) {
      if (token !== READY) throw new TypeError("Illegal constructor: an AbortSignal is made by an AbortController");
      super();
    }

    get aborted() {
      return this.#aborted;
    }

    get reason() {
      return this.#reason;
    }

    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }

    static abort(reason = undefined) {
      const signal = new AbortSignal(READY);
      signal.#mark(reason);
      return signal;
    }

    static timeout(milliseconds) {
      web.require(arguments, 1, "AbortSignal.timeout");
      const signal = new AbortSignal(READY);
      web.afterwards(millisecondsOf(milliseconds), () => signal.#abort(new DOMException("the time is over", "TimeoutError")));
      return signal;
    }

    static any(signals) {
      web.require(arguments, 1, "AbortSignal.any");
      const any = new AbortSignal(READY), sources = [...signals];
      if (!sources.every(web.isSignal)) throw new TypeError("AbortSignal.any takes AbortSignals");
      const aborted = sources.find((source) => source.#aborted);
      if (aborted !== undefined) any.#mark(aborted.#reason);
      else any.#follow(sources);
      return any;
    }

    #follow(sources) {
      this.#sources = new Set();
      for (const source of sources) {
        for (const root of source.#sources ?? [source]) {
          this.#sources.add(root);
          root.#dependents.add(this);
        }
      }
    }

    #mark(reason) {
      this.#aborted = true;
      this.#reason = reason === undefined ? new DOMException("the operation was aborted", "AbortError") : reason;
    }

    // All that depend on it are aborted before anybody is told.
    #abort(reason) {
      if (this.#aborted) return;
      this.#mark(reason);
      const dependents = [...this.#dependents].filter((dependent) => !dependent.#aborted);
      for (const dependent of dependents) dependent.#mark(this.#reason);
      for (const signal of [this, ...dependents]) signal.#tell();
    }

    #tell() {
      for (const step of this.#steps) step();
      this.#steps.clear();
      for (const source of this.#sources ?? []) source.#dependents.delete(this);
      this.#dependents.clear();
      web.fireEvent(this, web.trust(new Event("abort")));
    }

    static {
      web.isSignal = (value) => typeof value === "object" && value !== null && #aborted in value;
      web.abortSignal = (signal, reason) => signal.#abort(reason);
      // Does something when a signal is aborted, before its event; returns how to call it off.
      web.whenAborted = (signal, step) => {
        signal.#steps.add(step);
        return () => signal.#steps.delete(step);
      };
      // A signal for a request, aborted already if there is a reason.
      web.newSignal = (reason) => {
        const signal = new AbortSignal(READY);
        if (reason !== undefined) signal.#mark(reason);
        return signal;
      };
    }
  }

  class AbortController {
    #signal = web.newSignal(undefined);

    get signal() {
      return this.#signal;
    }

    abort(reason = undefined) {
      web.abortSignal(this.#signal, reason);
    }
  }

  web.eventHandlers(AbortSignal, ["abort"]);
  web.shape(AbortSignal);
  web.shape(AbortController);
  web.define({ AbortSignal, AbortController });
}
