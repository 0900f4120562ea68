// What was thrown, in words; and what becomes of errors that nobody catches.
export default function (web, native) {
  const OUT_OF_MEMORY = "out of memory";
  // What the engine says when there was no memory for its own sentence.
  const SPEECHLESS = "Invalid error message";
  const INDESCRIBABLE = "an error that could not be described";

  // What a stack consists of gives the functions themselves, some of which are ours: who calls `dispatch` answers for any request.
  // As in strict mode elsewhere, it gives none.
  let frame;
  Error.prepareStackTrace = (_, frames) => {
    frame = frames[0];
  };
  new Error();
  Error.prepareStackTrace = undefined;
  Object.getPrototypeOf(frame).getFunction = () => undefined;

  function heading(error) {
    const name = String(error.name), message = String(error.message);
    return message === "" ? name : `${name}: ${message}`;
  }

  function stackOf(error, depth) {
    const frames = typeof error.stack === "string" ? error.stack.trimEnd() : "";
    const own = frames === "" ? heading(error) : `${heading(error)}\n${frames}`;
    if (!(error.cause instanceof Error) || depth > 4) return own;
    return `${own}\ncaused by: ${stackOf(error.cause, depth + 1)}`;
  }

  // [message, stack or undefined] of anything that can be thrown. Getters may throw in their turn.
  web.describe = (reason) => {
    try {
      if (reason instanceof Error) return [heading(reason), stackOf(reason, 0)];
      return [`thrown: ${typeof reason === "string" ? reason : web.inspect(reason)}`, undefined];
    } catch {
      return [INDESCRIBABLE, undefined];
    }
  };

  // An error that says so, or one for which there was no memory left: `null`, or what can't be described.
  function isOutOfMemory(reason) {
    if (reason instanceof InternalError) {
      return reason.message === OUT_OF_MEMORY || (native.memoryWasRefused() && reason.message === SPEECHLESS);
    }
    return native.memoryWasRefused() && (reason === null || web.describe(reason)[0] === INDESCRIBABLE);
  }

  // An invocation's handler has thrown, or its promise was rejected.
  web.fail = (id, reason) => {
    if (isOutOfMemory(reason)) return native.failForMemory(id);
    // By index, as a function may have replaced what takes a list apart.
    const described = web.describe(reason);
    native.fail(id, "uncaught", described[0], described[1]);
  };

  function log(reason) {
    const described = web.describe(reason);
    native.log("error", `Uncaught ${described[1] ?? described[0]}`);
  }

  // The function may listen to errors; whether one was handled by that. Set once somebody listens.
  web.tellOfError = web.tellOfRejection = () => false;
  web.tellOfLateHandling = undefined;

  // An error that nobody caught. What has filled the memory may still be there, and nobody waits: the worker ends.
  web.report = (reason) => {
    if (isOutOfMemory(reason)) native.exhaust();
    if (!web.tellOfError(reason)) log(reason);
  };

  // A promise whose rejection nobody handles. Says whether to tell if somebody does later.
  web.reportRejection = (promise, reason) => {
    if (!web.tellOfRejection(promise, reason)) log(reason);
    return web.tellOfLateHandling !== undefined;
  };

  web.handledLate = (promise, reason) => web.tellOfLateHandling?.(promise, reason);

  web.define({
    reportError(error) {
      web.require(arguments, 1, "reportError");
      web.report(error);
    },
  });
}
