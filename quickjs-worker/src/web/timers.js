// setTimeout, setInterval, queueMicrotask (https://html.spec.whatwg.org/#timers); what fires when is Rust's
export default function (web, native) {
  const LONGEST = 0x7fffffff;
  const timers = new web.Table();
  const enqueue = queueMicrotask;
  web.enqueue = enqueue;
  // What `node:async_hooks` has callbacks carry along; undefined unless a function uses it.
  web.frame = undefined;

  function delayOf(delay) {
    const milliseconds = Math.trunc(Number(delay));
    return milliseconds > 0 && milliseconds <= LONGEST ? milliseconds : 0;
  }

  function set(callback, delay, args, repeats) {
    if (typeof callback !== "function") throw new TypeError("a timer's callback is a function");
    // An interval without a pause would leave no time for anything else.
    const milliseconds = repeats ? Math.max(1, delayOf(delay)) : delayOf(delay);
    const number = native.setTimer(milliseconds, repeats);
    timers.set(number, { callback, args, repeats, frame: web.frame });
    return number;
  }

  function clear(number) {
    if (timers.delete(Number(number))) native.clearTimer(Number(number));
  }

  web.fire = (number) => {
    const timer = timers.get(number);
    if (timer === undefined) return;
    if (!timer.repeats) timers.delete(number);
    web.frame = timer.frame;
    try {
      timer.callback.apply(globalThis, timer.args);
    } catch (error) {
      web.report(error);
    }
  };

  web.define({
    setTimeout: (callback, delay = 0, ...args) => set(callback, delay, args, false),
    setInterval: (callback, delay = 0, ...args) => set(callback, delay, args, true),
    clearTimeout: (number = 0) => clear(number),
    clearInterval: (number = 0) => clear(number),
    // The engine's own swallows what the callback throws.
    queueMicrotask: (callback) => {
      if (typeof callback !== "function") throw new TypeError("a microtask is a function");
      const frame = web.frame;
      enqueue(() => {
        web.frame = frame;
        try {
          callback();
        } catch (error) {
          web.report(error);
        }
      });
    },
  });
}
