// console (https://console.spec.whatwg.org), each call a `log` message
export default function (web, native) {
  // Counters, timers and indentation by invocation; those of no invocation are under "none". An object, as one can go through it
  // without any method that a function may have replaced.
  const states = { __proto__: null };
  const keyOf = (id) => id ?? "none";

  function stateOf() {
    const key = keyOf(native.origin());
    return (states[key] ??= begin());
  }

  function begin() {
    for (const other in states) if (other !== "none" && !native.isOpen(+other)) delete states[other];
    return { counts: new web.Table(), times: new web.Table(), indent: "" };
  }

  const isPlain = (value) => typeof value === "string" && !value.includes("%");

  function format(args) {
    return args.every(isPlain) ? args.join(" ") : web.format(args);
  }

  function write(level, text) {
    const indent = states[keyOf(native.origin())]?.indent ?? "";
    const shown = text.toWellFormed();
    native.log(level, indent === "" ? shown : indent + shown.replaceAll("\n", `\n${indent}`));
  }

  const labelOf = (label) => `${label}`;

  function elapsed(since) {
    const milliseconds = native.now() - since;
    if (milliseconds < 1000) return `${Number(milliseconds.toPrecision(3))}ms`;
    return `${(milliseconds / 1000).toFixed(3)}s`;
  }

  function warnOfTimer(method, label) {
    write("warn", `Warning: No such label '${label}' for console.${method}()`);
  }

  function timeLog(method, label, args) {
    const { times } = stateOf();
    if (!times.has(label)) return void warnOfTimer(method, label);
    write("info", [`${label}: ${elapsed(times.get(label))}`, ...args.length === 0 ? [] : [web.format(args)]].join(" "));
  }

  function trace(args) {
    const frames = new Error().stack.split("\n").slice(2).join("\n").trimEnd();
    write("debug", `Trace${args.length === 0 ? "" : `: ${format(args)}`}\n${frames}`);
  }

  function assertion(args) {
    if (args.length === 0) return "Assertion failed";
    if (typeof args[0] === "string") return format([`Assertion failed: ${args[0]}`, ...args.slice(1)]);
    return format(["Assertion failed:", ...args]);
  }

  // A namespace object has an empty prototype of its own.
  const console = Object.create({});
  Object.assign(console, {
    log: (...args) => write("info", format(args)),
    info: (...args) => write("info", format(args)),
    warn: (...args) => write("warn", format(args)),
    error: (...args) => write("error", format(args)),
    debug: (...args) => write("debug", format(args)),
    trace: (...args) => trace(args),
    dir: (item = undefined, options = undefined) => write("info", web.inspect(item, { customInspect: false, ...options })),
    dirxml: (...args) => write("info", format(args)),
    table: (data = undefined, properties = undefined) => write("info", web.table(data, properties)),
    assert: (condition = false, ...args) => {
      if (!condition) write("error", assertion(args));
    },
    clear: () => void (stateOf().indent = ""),
    count: (label = "default") => {
      const { counts } = stateOf(), key = labelOf(label), count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      write("info", `${key}: ${count}`);
    },
    countReset: (label = "default") => {
      const key = labelOf(label);
      if (!stateOf().counts.delete(key)) write("warn", `Warning: Count for '${key}' does not exist`);
    },
    time: (label = "default") => {
      const { times } = stateOf(), key = labelOf(label);
      if (times.has(key)) write("warn", `Warning: Label '${key}' already exists for console.time()`);
      else times.set(key, native.now());
    },
    timeLog: (label = "default", ...args) => timeLog("timeLog", labelOf(label), args),
    timeEnd: (label = "default") => {
      const key = labelOf(label);
      timeLog("timeEnd", key, []);
      stateOf().times.delete(key);
    },
    // For a profile, which nobody takes here.
    timeStamp: () => {},
    group: (...args) => group(args),
    groupCollapsed: (...args) => group(args),
    groupEnd: () => {
      const state = stateOf();
      state.indent = state.indent.slice(2);
    },
  });

  function group(args) {
    if (args.length > 0) write("info", format(args));
    stateOf().indent += "  ";
  }

  Object.defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true });
  web.define({ console });
}
