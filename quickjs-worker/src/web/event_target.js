// EventTarget (https://dom.spec.whatwg.org/#interface-eventtarget), and event handler attributes such as `onabort`
export default function (web) {
  web.need("events.js");
  const { isEvent, isDispatched, isStopped, isStoppedAtOnce, setPassive, distrust, cancel, begin, end } = web.eventInternals;

  const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

  function checkCallback(callback) {
    if (callback !== null && callback !== undefined && !isObject(callback)) throw new TypeError("a listener is a function or an object");
  }

  // Whether somebody may dispatch an event; it is none of ours then.
  web.checkEvent = (event) => {
    if (!isEvent(event)) throw new TypeError("what is dispatched is an Event");
    if (isDispatched(event)) throw new DOMException("the event is being dispatched already", "InvalidStateError");
    distrust(event);
  };

  const captureOf = (options) => Boolean(isObject(options) ? options.capture : options);

  class EventTarget {
    // Listeners in the order in which they were added: { type, callback, capture, once, passive, removed, unlisten }.
    #listeners = [];
    // Event handler attributes that are set, by type: { value, listener }.
    #handlers;

    addEventListener(type, callback, options = undefined) {
      web.require(arguments, 2, "addEventListener");
      const listener = { type: `${type}`, callback: callback ?? null, capture: captureOf(options), once: false, passive: false, removed: false };
      checkCallback(callback);
      let signal;
      if (isObject(options)) {
        listener.once = Boolean(options.once);
        listener.passive = Boolean(options.passive);
        ({ signal } = options);
        if (signal !== undefined && !web.isSignal(signal)) throw new TypeError("the signal of a listener is an AbortSignal");
      }
      if (listener.callback === null || signal?.aborted || this.#find(listener) !== undefined) return;
      this.#listeners.push(listener);
      if (signal !== undefined) listener.unlisten = web.whenAborted(signal, () => this.#remove(listener));
    }

    removeEventListener(type, callback, options = undefined) {
      web.require(arguments, 2, "removeEventListener");
      checkCallback(callback);
      const listener = this.#find({ type: `${type}`, callback, capture: captureOf(options) });
      if (listener !== undefined) this.#remove(listener);
    }

    dispatchEvent(event) {
      web.require(arguments, 1, "dispatchEvent");
      if (!(#listeners in this)) throw new TypeError("only an EventTarget dispatches events");
      web.checkEvent(event);
      return EventTarget.#fire(this, event, this);
    }

    #find({ type, callback, capture }) {
      return this.#listeners.find((other) => other.type === type && other.callback === callback && other.capture === capture);
    }

    #remove(listener) {
      listener.removed = true;
      listener.unlisten?.();
      // A copy: somebody may be going through the list.
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    }

    // Those that capture come first; there is nothing between them and the target.
    static #fire(target, event, shown) {
      begin(event, shown);
      for (const capture of [true, false]) if (!isStopped(event)) target.#call(event, capture, shown);
      end(event);
      return !event.defaultPrevented;
    }

    #call(event, capture, shown) {
      const { type } = event;
      for (const listener of this.#listeners) {
        if (listener.removed || listener.type !== type || listener.capture !== capture) continue;
        if (listener.once) this.#remove(listener);
        setPassive(event, listener.passive);
        invoke(listener.callback, shown, event);
        setPassive(event, false);
        if (isStoppedAtOnce(event)) return;
      }
    }

    #handlerOf(type) {
      return this.#handlers?.get(type)?.value ?? null;
    }

    // A handler keeps its place among the listeners until it is taken away.
    #setHandler(type, value, run) {
      const handlers = (this.#handlers ??= new Map()), known = handlers.get(type);
      if (!isObject(value)) {
        if (known === undefined) return;
        handlers.delete(type);
        this.#remove(known.listener);
      } else if (known !== undefined) {
        known.value = value;
      } else {
        const handler = { value, listener: undefined };
        const callback = function (event) {
          if (typeof handler.value === "function") run(handler.value, this, event);
        };
        handler.listener = { type, callback, capture: false, once: false, passive: false, removed: false };
        this.#listeners.push(handler.listener);
        handlers.set(type, handler);
      }
    }

    static {
      // Dispatches an event to a target; listeners see `shown` as the target. `false` if its default is prevented.
      web.fireEvent = (target, event, shown = target) => EventTarget.#fire(target, event, shown);
      web.handlerOf = (target, type) => target.#handlerOf(type);
      web.setHandler = (target, type, value, run = runHandler) => target.#setHandler(type, value, run);
    }
  }

  // A listener that throws doesn't keep the others from being called.
  function invoke(callback, target, event) {
    try {
      if (typeof callback === "function") {
        callback.call(target, event);
      } else {
        const handle = callback.handleEvent;
        if (typeof handle !== "function") throw new TypeError("the listener has no function handleEvent");
        handle.call(callback, event);
      }
    } catch (error) {
      web.report(error);
    }
  }

  function runHandler(handler, target, event) {
    if (handler.call(target, event) === false) cancel(event);
  }

  // Gives a class an event handler attribute for each of these types; `then` is told that one was set.
  web.eventHandlers = (Class, types, then = () => {}) => {
    for (const type of types) {
      const name = `on${type}`;
      Object.defineProperty(Class.prototype, name, Object.getOwnPropertyDescriptor({
        get [name]() {
          return web.handlerOf(this, type);
        },
        set [name](value) {
          web.setHandler(this, type, value);
          then(this);
        },
      }, name));
    }
  };

  web.shape(EventTarget);
  web.define({ EventTarget });
}
