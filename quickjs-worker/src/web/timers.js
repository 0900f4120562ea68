// setTimeout, setInterval, queueMicrotask (https://html.spec.whatwg.org/#timers); what fires when is Rust's
export default function (web, native) {
  const LONGEST = 0x7fffffff;
  // The fifth timer set from within a timer, and those after it, wait at least so long.
  const DEEP = 5, SHORTEST_WHEN_DEEP = 4;
  const timers = new web.Table();
  const enqueue = queueMicrotask;
  // How many timers led to the code that is running.
  let depth = 0;
  web.enqueue = enqueue;
  // What `node:async_hooks` has callbacks carry along; undefined unless a function uses it.
  web.frame = undefined;

  function delayOf(delay) {
    // A long of Web IDL: modulo 2^32, and what is negative counts as nothing.
    const milliseconds = Math.max(0, Number(delay) | 0);
    return depth >= DEEP ? Math.max(milliseconds, SHORTEST_WHEN_DEEP) : milliseconds;
  }

  function set(milliseconds, repeats, callback, args) {
    const number = native.setTimer(milliseconds, repeats);
    timers.set(number, { callback, args, repeats, depth: depth + 1, frame: web.frame });
    return number;
  }

  function setGiven(callback, delay, args, repeats) {
    if (typeof callback !== "function") {
      throw new TypeError("a timer's callback is a function: code in a string is not run here");
    }
    const milliseconds = delayOf(delay);
    // An interval without a pause would leave no time for anything else.
    return set(repeats ? Math.max(1, milliseconds) : milliseconds, repeats, callback, args);
  }

  function clear(number) {
    const id = Number(number) | 0;
    if (timers.delete(id)) native.clearTimer(id);
  }

  web.fire = (number) => {
    const timer = timers.get(number);
    if (timer === undefined) return;
    if (!timer.repeats) timers.delete(number);
    depth = timer.depth;
    web.frame = timer.frame;
    try {
      timer.callback.apply(globalThis, timer.args);
    } catch (error) {
      web.report(error);
    }
    depth = 0;
  };

  // Does something later; for delays that no `setTimeout` can wait, as late as it can.
  web.afterwards = (milliseconds, callback) => set(Math.min(milliseconds, LONGEST), false, callback, []);

  web.define({
    setTimeout(handler, timeout = 0, ...args) {
      web.require(arguments, 1, "setTimeout");
      return setGiven(handler, timeout, args, false);
    },
    setInterval(handler, timeout = 0, ...args) {
      web.require(arguments, 1, "setInterval");
      return setGiven(handler, timeout, args, true);
    },
    clearTimeout: (id = 0) => clear(id),
    clearInterval: (id = 0) => clear(id),
    // The engine's own swallows what the callback throws.
    queueMicrotask(callback) {
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
