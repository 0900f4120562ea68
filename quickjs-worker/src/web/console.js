// console (https://console.spec.whatwg.org), each call a `log` message
export default function (web, native) {
  const counts = new Map(), times = new Map();
  let indent = "";

  function integer(value) {
    return typeof value === "bigint" ? `${value}n` : typeof value === "symbol" ? "NaN" : String(Number.parseInt(value, 10));
  }

  function json(value) {
    try {
      return String(JSON.stringify(value));
    } catch {
      return "[circular]";
    }
  }

  const CONVERSIONS = {
    s: (value) => (typeof value === "string" ? value : web.inspect(value)),
    d: integer,
    i: integer,
    f: (value) => (typeof value === "symbol" ? "NaN" : String(Number.parseFloat(value))),
    j: json,
    o: web.inspect,
    O: web.inspect,
    // Style, which a log has none of.
    c: () => "",
  };

  function format(args) {
    if (typeof args[0] !== "string" || !args[0].includes("%")) return args.map(web.inspect).join(" ");
    let next = 1;
    const text = args[0].replace(/%([sdifjoOc%])/g, (whole, conversion) => {
      if (conversion === "%") return "%";
      return next < args.length ? CONVERSIONS[conversion](args[next++]) : whole;
    });
    return [text, ...args.slice(next).map(web.inspect)].join(" ");
  }

  function write(level, args) {
    const text = format(args).toWellFormed();
    native.log(level, indent === "" ? text : indent + text.replaceAll("\n", `\n${indent}`));
  }

  const elapsed = (label) => `${label}: ${(performance.now() - (times.get(label) ?? performance.now())).toFixed(3)} ms`;

  const console = {
    log: (...args) => write("info", args),
    info: (...args) => write("info", args),
    warn: (...args) => write("warn", args),
    error: (...args) => write("error", args),
    debug: (...args) => write("debug", args),
    trace: (...args) => write("debug", [`Trace: ${format(args)}\n${new Error().stack.trimEnd()}`]),
    dir: (value) => write("info", [web.inspect(value)]),
    table: (value) => write("info", [web.inspect(value)]),
    assert: (condition = false, ...args) => {
      if (!condition) write("error", args.length === 0 ? ["Assertion failed"] : ["Assertion failed:", format(args)]);
    },
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      write("info", [`${label}: ${counts.get(label)}`]);
    },
    countReset: (label = "default") => void counts.delete(label),
    time: (label = "default") => void times.set(label, performance.now()),
    timeLog: (label = "default", ...args) => write("info", [elapsed(label), ...args]),
    timeEnd: (label = "default") => {
      write("info", [elapsed(label)]);
      times.delete(label);
    },
    group: (...args) => {
      if (args.length > 0) write("info", args);
      indent += "  ";
    },
    groupEnd: () => void (indent = indent.slice(2)),
  };
  web.define({ console });
}
