// diagnostics_channel (https://nodejs.org/api/diagnostics_channel.html)
import { web } from "node:internal";

const channels = new Map();

export class Channel {
  #listeners = [];
  #stores = new Map();

  constructor(name) {
    this.name = name;
  }

  get hasSubscribers() {
    return this.#listeners.length > 0 || this.#stores.size > 0;
  }

  subscribe(listener) {
    if (typeof listener !== "function") throw new TypeError("a subscriber is a function");
    this.#listeners = [...this.#listeners, listener];
  }

  unsubscribe(listener) {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners = this.#listeners.toSpliced(at, 1);
    return at >= 0;
  }

  publish(message) {
    for (const listener of this.#listeners) {
      try {
        listener(message, this.name);
      } catch (error) {
        web.report(error);
      }
    }
  }

  bindStore(store, transform = (data) => data) {
    this.#stores.set(store, transform);
  }

  unbindStore(store) {
    return this.#stores.delete(store);
  }

  runStores(data, callback, receiver, ...args) {
    const run = [...this.#stores].reduce((inner, [store, transform]) => () => store.run(transform(data), inner), () => {
      this.publish(data);
      return callback.apply(receiver, args);
    });
    return run();
  }
}

export const channel = (name) => channels.get(name) ?? channels.set(name, new Channel(name)).get(name);
export const hasSubscribers = (name) => channels.get(name)?.hasSubscribers ?? false;
export const subscribe = (name, listener) => channel(name).subscribe(listener);
export const unsubscribe = (name, listener) => channel(name).unsubscribe(listener);

const EVENTS = ["start", "end", "asyncStart", "asyncEnd", "error"];

export class TracingChannel {
  constructor(of) {
    for (const event of EVENTS) this[event] = typeof of === "string" ? channel(`tracing:${of}:${event}`) : of[event];
  }

  get hasSubscribers() {
    return EVENTS.some((event) => this[event].hasSubscribers);
  }

  subscribe(listeners) {
    for (const event of EVENTS) if (listeners[event]) this[event].subscribe(listeners[event]);
  }

  unsubscribe(listeners) {
    return EVENTS.filter((event) => listeners[event]).every((event) => this[event].unsubscribe(listeners[event]));
  }

  traceSync(action, context = {}, receiver, ...args) {
    return this.start.runStores(context, () => {
      try {
        return (context.result = action.apply(receiver, args));
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  tracePromise(action, context = {}, receiver, ...args) {
    const settle = (key, value) => {
      context[key] = value;
      if (key === "error") this.error.publish(context);
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    const started = () =>
      Promise.resolve(action.apply(receiver, args)).then(
        (result) => (settle("result", result), result),
        (error) => {
          settle("error", error);
          throw error;
        },
      );
    return this.start.runStores(context, () => {
      try {
        return started();
      } finally {
        this.end.publish(context);
      }
    });
  }
}

export const tracingChannel = (of) => new TracingChannel(of);
export default { Channel, channel, hasSubscribers, subscribe, unsubscribe, TracingChannel, tracingChannel };
