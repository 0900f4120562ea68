// timers/promises (https://nodejs.org/api/timers.html#timers-promises-api)
import { coded } from "node:internal/bytes";

const { setTimeout: start, setInterval: repeat, clearTimeout, clearInterval } = globalThis;

function abortError(signal) {
  const error = coded(new Error("The operation was aborted", { cause: signal.reason }), "ABORT_ERR");
  error.name = "AbortError";
  return error;
}

export const setTimeout = (delay = 1, value = undefined, { signal } = {}) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) throw abortError(signal);
    const stop = () => {
      clearTimeout(timer);
      reject(abortError(signal));
    };
    const timer = start(() => {
      signal?.removeEventListener("abort", stop);
      resolve(value);
    }, delay);
    signal?.addEventListener("abort", stop, { once: true });
  });

export const setImmediate = (value = undefined, options = undefined) => setTimeout(0, value, options);

// The value, again and again; ticks that nobody has waited for are not lost.
export async function* setInterval(delay = 1, value = undefined, { signal } = {}) {
  if (signal?.aborted) throw abortError(signal);
  let ticks = 0, wake = () => {};
  const timer = repeat(() => {
    ticks++;
    wake();
  }, delay);
  const stop = () => wake();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    while (!signal?.aborted) {
      if (ticks === 0) await new Promise((resolve) => (wake = resolve));
      for (; ticks > 0 && !signal?.aborted; ticks--) yield value;
    }
    throw abortError(signal);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", stop);
  }
}

export const scheduler = { wait: (delay, options) => setTimeout(delay, undefined, options), yield: () => setImmediate() };
export default { setTimeout, setImmediate, setInterval, scheduler };
