// Event (https://dom.spec.whatwg.org/#interface-event), without a tree: events don't travel
export default function (web, native) {
  const PHASES = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 };

  // A dictionary of Web IDL: nothing is an empty one.
  web.dictionary = (value, what) => {
    if (value === undefined || value === null) return {};
    if (typeof value !== "object" && typeof value !== "function") throw new TypeError(`the options of ${what} are an object`);
    return value;
  };

  class Event {
    #type;
    #bubbles;
    #cancelable;
    #composed;
    #trusted = false;
    #target = null;
    #current = null;
    #phase = PHASES.NONE;
    #dispatched = false;
    #passive = false;
    #canceled = false;
    // Whether the listeners for the other phase, and all other listeners, are not to be called any more.
    #stopped = false;
    #stoppedAtOnce = false;
    #time = native.now();

    constructor(type, init = undefined) {
      web.require(arguments, 1, `new ${new.target.name}`);
      this.#type = `${type}`;
      const { bubbles, cancelable, composed } = web.dictionary(init, "an Event");
      this.#bubbles = Boolean(bubbles);
      this.#cancelable = Boolean(cancelable);
      this.#composed = Boolean(composed);
      Object.defineProperty(this, "isTrusted", TRUSTED);
    }

    get type() {
      return this.#type;
    }

    get target() {
      return this.#target;
    }

    get srcElement() {
      return this.#target;
    }

    get currentTarget() {
      return this.#current;
    }

    get eventPhase() {
      return this.#phase;
    }

    get bubbles() {
      return this.#bubbles;
    }

    get cancelable() {
      return this.#cancelable;
    }

    get composed() {
      return this.#composed;
    }

    get defaultPrevented() {
      return this.#canceled;
    }

    get returnValue() {
      return !this.#canceled;
    }

    set returnValue(value) {
      if (!value) this.preventDefault();
    }

    get cancelBubble() {
      return this.#stopped;
    }

    set cancelBubble(value) {
      if (value) this.#stopped = true;
    }

    get timeStamp() {
      return this.#time;
    }

    composedPath() {
      return this.#current === null ? [] : [this.#current];
    }

    preventDefault() {
      if (this.#cancelable && !this.#passive) this.#canceled = true;
    }

    stopPropagation() {
      this.#stopped = true;
    }

    stopImmediatePropagation() {
      this.#stopped = true;
      this.#stoppedAtOnce = true;
    }

    initEvent(type, bubbles = false, cancelable = false) {
      web.require(arguments, 1, "Event.initEvent");
      const text = `${type}`;
      if (this.#dispatched) return;
      this.#type = text;
      this.#bubbles = Boolean(bubbles);
      this.#cancelable = Boolean(cancelable);
      this.#trusted = this.#stopped = this.#stoppedAtOnce = this.#canceled = false;
      this.#target = null;
    }

    static #begin(event, target) {
      event.#dispatched = true;
      event.#target = event.#current = target;
      event.#phase = PHASES.AT_TARGET;
    }

    static #end(event) {
      event.#dispatched = event.#stopped = event.#stoppedAtOnce = false;
      event.#current = null;
      event.#phase = PHASES.NONE;
    }

    static #trustedOf(event) {
      return event.#trusted;
    }

    static {
      // What dispatching does to an event.
      web.eventInternals = {
        isEvent: (value) => typeof value === "object" && value !== null && #type in value,
        isDispatched: (event) => event.#dispatched,
        isStopped: (event) => event.#stopped,
        isStoppedAtOnce: (event) => event.#stoppedAtOnce,
        distrust: (event) => void (event.#trusted = false),
        setPassive: (event, passive) => void (event.#passive = passive),
        cancel: (event) => void (event.#canceled ||= event.#cancelable && !event.#passive),
        trustedOf: (event) => Event.#trustedOf(event),
        begin: (event, target) => Event.#begin(event, target),
        end: (event) => Event.#end(event),
      };
      // Says that an event is of our making, and not of the function's.
      web.trust = (event) => {
        event.#trusted = true;
        return event;
      };
    }
  }

  const { trustedOf } = web.eventInternals;
  // The same getter for all events, on each of them.
  const TRUSTED = {
    get: Object.getOwnPropertyDescriptor({
      get isTrusted() {
        return trustedOf(this);
      },
    }, "isTrusted").get,
    enumerable: true,
    configurable: false,
  };

  for (const place of [Event, Event.prototype]) web.constants(place, PHASES);
  web.shape(Event);
  web.define({ Event });
}
