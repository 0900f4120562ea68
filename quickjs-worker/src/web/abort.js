// AbortController, AbortSignal (https://dom.spec.whatwg.org/#aborting-ongoing-activities)
export default function (web) {
  // Only this file makes signals.
  const READY = Symbol();

  class AbortSignal extends EventTarget {
    #reason;
    #aborted = false;
    #dependents = [];
    onabort = null;

    constructor(token) {
      if (token !== READY) throw new TypeError("an AbortSignal is made by an AbortController");
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
      signal.#abort(reason);
      return signal;
    }

    static timeout(milliseconds) {
      const signal = new AbortSignal(READY);
      setTimeout(() => signal.#abort(new DOMException("the time is over", "TimeoutError")), milliseconds);
      return signal;
    }

    static any(signals) {
      const sources = [...signals], any = new AbortSignal(READY);
      const aborted = sources.find((source) => source.aborted);
      if (aborted !== undefined) any.#abort(aborted.reason);
      else for (const source of sources) source.#dependents.push(any);
      return any;
    }

    #abort(reason) {
      if (this.#aborted) return;
      this.#aborted = true;
      this.#reason = reason === undefined ? new DOMException("the operation was aborted", "AbortError") : reason;
      this.dispatchEvent(new Event("abort"));
      for (const dependent of this.#dependents.splice(0)) dependent.#abort(this.#reason);
    }

    static {
      web.abortSignal = (signal, reason) => signal.#abort(reason);
      // A signal for a request, aborted already if there is a reason.
      web.newSignal = (reason) => {
        const signal = new AbortSignal(READY);
        if (reason !== undefined) signal.#abort(reason);
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

  web.define({ AbortSignal, AbortController });
}
