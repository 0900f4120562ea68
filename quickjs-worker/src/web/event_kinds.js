// Kinds of events: CustomEvent, ErrorEvent, PromiseRejectionEvent, MessageEvent
export default function (web) {
  web.need("events.js");

  class CustomEvent extends Event {
    #detail;

    constructor(type, init = undefined) {
      super(type, init);
      this.#detail = web.dictionary(init).detail ?? null;
    }

    get detail() {
      return this.#detail;
    }

    initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
      web.require(arguments, 1, "CustomEvent.initCustomEvent");
      if (web.eventInternals.isDispatched(this)) return;
      this.initEvent(type, bubbles, cancelable);
      this.#detail = detail;
    }
  }

  class ErrorEvent extends Event {
    #message;
    #filename;
    #lineno;
    #colno;
    #error;

    constructor(type, init = undefined) {
      super(type, init);
      const { colno = 0, error, filename = "", lineno = 0, message = "" } = web.dictionary(init);
      this.#colno = colno >>> 0;
      this.#error = error;
      this.#filename = `${filename}`.toWellFormed();
      this.#lineno = lineno >>> 0;
      this.#message = `${message}`;
    }

    get message() {
      return this.#message;
    }

    get filename() {
      return this.#filename;
    }

    get lineno() {
      return this.#lineno;
    }

    get colno() {
      return this.#colno;
    }

    get error() {
      return this.#error;
    }
  }

  class PromiseRejectionEvent extends Event {
    #promise;
    #reason;

    constructor(type, init) {
      web.require(arguments, 2, "new PromiseRejectionEvent");
      super(type, init);
      const { promise, reason } = web.dictionary(init);
      if (promise === undefined) throw new TypeError("a PromiseRejectionEvent has a promise");
      this.#promise = promise;
      this.#reason = reason;
    }

    get promise() {
      return this.#promise;
    }

    get reason() {
      return this.#reason;
    }
  }

  class MessageEvent extends Event {
    #data;
    #origin;
    #lastEventId;
    #source;
    #ports;

    constructor(type, init = undefined) {
      super(type, init);
      const { data = null, lastEventId = "", origin = "", ports = [], source = null } = web.dictionary(init);
      this.#set(data, origin, lastEventId, source, ports);
    }

    #set(data, origin, lastEventId, source, ports) {
      if (source !== null && !web.isPort(source)) throw new TypeError("the source of a message is a MessagePort");
      const list = [...ports];
      if (!list.every(web.isPort)) throw new TypeError("the ports of a message are MessagePorts");
      this.#data = data;
      this.#origin = `${origin}`.toWellFormed();
      this.#lastEventId = `${lastEventId}`;
      this.#source = source;
      this.#ports = Object.freeze(list);
    }

    get data() {
      return this.#data;
    }

    get origin() {
      return this.#origin;
    }

    get lastEventId() {
      return this.#lastEventId;
    }

    get source() {
      return this.#source;
    }

    get ports() {
      return this.#ports;
    }

    initMessageEvent(type, bubbles = false, cancelable = false, data = null, origin = "", lastEventId = "", source = null, ports = []) {
      web.require(arguments, 1, "MessageEvent.initMessageEvent");
      if (web.eventInternals.isDispatched(this)) return;
      this.initEvent(type, bubbles, cancelable);
      this.#set(data, origin, lastEventId, source, ports);
    }
  }

  for (const Kind of [CustomEvent, ErrorEvent, PromiseRejectionEvent, MessageEvent]) web.shape(Kind);
  web.define({ CustomEvent, ErrorEvent, PromiseRejectionEvent, MessageEvent });
}
