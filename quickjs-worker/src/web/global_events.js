// The events of the global scope: `error`, `unhandledrejection`, `rejectionhandled`
// (https://html.spec.whatwg.org/#runtime-script-errors-2, #unhandled-promise-rejections)
export default function (web) {
  web.need("event_target.js");
  web.need("event_kinds.js");
  const target = new EventTarget();
  const { cancel } = web.eventInternals;
  // Where an error was thrown: the first frame of its stack.
  const FRAME = /\(?([^\s()]*):(\d+):(\d+)\)?$/m;
  let reporting = false;

  function placeOf(error) {
    const [, filename = "", lineno = 0, colno = 0] = FRAME.exec(error instanceof Error ? error.stack : "") ?? [];
    return { filename, lineno: Number(lineno), colno: Number(colno) };
  }

  const fire = (event) => web.fireEvent(target, web.trust(event), globalThis);

  // What the function's listeners make of an error; `true` if it is handled by that, and not to be logged.
  web.tellOfError = (error) => {
    // An error in a listener for errors is only logged.
    if (reporting) return false;
    reporting = true;
    try {
      const message = `Uncaught ${web.describe(error)[0]}`;
      return !fire(new ErrorEvent("error", { ...placeOf(error), message, error, cancelable: true }));
    } finally {
      reporting = false;
    }
  };

  web.tellOfRejection = (promise, reason) =>
    !fire(new PromiseRejectionEvent("unhandledrejection", { promise, reason, cancelable: true }));

  web.tellOfLateHandling = (promise, reason) =>
    void fire(new PromiseRejectionEvent("rejectionhandled", { promise, reason }));

  // The handler for errors is called with what the event says, and prevents the default by returning true.
  function runErrorHandler(handler, scope, event) {
    if (!(event instanceof ErrorEvent)) return void handler.call(scope, event);
    if (handler.call(scope, event.message, event.filename, event.lineno, event.colno, event.error) === true) cancel(event);
  }

  for (const [type, run] of [["error", runErrorHandler], ["unhandledrejection"], ["rejectionhandled"]]) {
    Object.defineProperty(globalThis, `on${type}`, {
      get: () => web.handlerOf(target, type),
      set: (value) => web.setHandler(target, type, value, run),
      configurable: true,
      enumerable: false,
    });
  }

  web.define({
    addEventListener: (...args) => target.addEventListener(...args),
    removeEventListener: (...args) => target.removeEventListener(...args),
    dispatchEvent(event) {
      web.checkEvent(event);
      return web.fireEvent(target, event, globalThis);
    },
  });
}
