// MessageChannel, MessagePort (https://html.spec.whatwg.org/#message-channels), within one worker
export default function (web) {
  web.need("event_target.js");
  web.need("event_kinds.js");
  // Only this file makes ports.
  const READY = Symbol();

  // One end of a channel: its port may change, by being transferred.
  const newEnd = () => ({ port: undefined, other: undefined, queue: [], started: false });

  // Hands the next message to whatever port the end has by then, as a task of its own.
  function schedule(end) {
    web.afterwards(0, () => {
      const message = end.started ? end.queue.shift() : undefined;
      if (message !== undefined) web.fireEvent(end.port, web.trust(new MessageEvent("message", message)));
    });
  }

  function transferOf(options) {
    const given = web.dictionary(options, "postMessage");
    return [...(Symbol.iterator in given ? given : given.transfer ?? [])];
  }

  class MessagePort extends EventTarget {
    // Nothing once it is closed or has been transferred.
    #end;

    constructor(token, end) {
      if (token !== READY) throw new TypeError("Illegal constructor: a MessagePort is made by a MessageChannel");
      super();
      MessagePort.#attach(this, end);
    }

    static #attach(port, end) {
      port.#end = end;
      if (end !== undefined) end.port = port;
    }

    postMessage(message, options = undefined) {
      web.require(arguments, 1, "MessagePort.postMessage");
      const list = transferOf(options);
      if (list.includes(this)) throw new DOMException("a port can't be sent through itself", "DataCloneError");
      const receiver = this.#end?.other, isLost = receiver === undefined || list.includes(receiver.port);
      const [data, moved] = web.cloneAndMove(message, list);
      if (isLost) return;
      receiver.queue.push({ data, ports: moved.filter(web.isPort) });
      if (receiver.started) schedule(receiver);
    }

    start() {
      const end = this.#end;
      if (end === undefined || end.started) return;
      end.started = true;
      for (const _ of end.queue) schedule(end);
    }

    close() {
      const end = this.#end;
      if (end === undefined) return;
      if (end.other !== undefined) end.other.other = undefined;
      end.other = undefined;
      end.queue = [];
      this.#end = undefined;
    }

    static {
      web.isPort = (value) => typeof value === "object" && value !== null && #end in value;
      web.transferable(MessagePort, {
        isDetached: (port) => port.#end === undefined,
        create: () => new MessagePort(READY, undefined),
        move(port, copy) {
          const end = port.#end;
          port.#end = undefined;
          end.started = false;
          MessagePort.#attach(copy, end);
        },
      });
    }
  }

  class MessageChannel {
    #ports;

    constructor() {
      const ends = [newEnd(), newEnd()];
      [ends[0].other, ends[1].other] = [ends[1], ends[0]];
      this.#ports = ends.map((end) => new MessagePort(READY, end));
    }

    get port1() {
      return this.#ports[0];
    }

    get port2() {
      return this.#ports[1];
    }
  }

  web.eventHandlers(MessagePort, ["message"], (port) => port.start());
  web.eventHandlers(MessagePort, ["messageerror"]);
  web.shape(MessagePort);
  web.shape(MessageChannel);
  web.define({ MessagePort, MessageChannel });
}
