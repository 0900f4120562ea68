// PerformanceMark, PerformanceMeasure (https://w3c.github.io/user-timing/)
export default function (web, native) {
  // More entries than this are not kept: the oldest go.
  const MOST = 10000;
  const READY = Symbol();
  let entries = [];

  class PerformanceEntry {
    #name;
    #start;
    #duration;

    constructor(token, name, start, duration) {
      if (token !== READY) throw new TypeError("Illegal constructor");
      this.#name = name;
      this.#start = start;
      this.#duration = duration;
    }

    get name() {
      return this.#name;
    }

    get entryType() {
      this.#name;
      return "";
    }

    get startTime() {
      return this.#start;
    }

    get duration() {
      return this.#duration;
    }

    toJSON() {
      const { name, entryType, startTime, duration } = this;
      return { name, entryType, startTime, duration };
    }
  }

  const isOptions = (value) => typeof value === "object" && value !== null;

  function detailOf(detail) {
    return detail === undefined || detail === null ? null : structuredClone(detail);
  }

  class PerformanceMark extends PerformanceEntry {
    #detail;

    constructor(name, options = undefined) {
      web.require(arguments, 1, "new PerformanceMark");
      const { detail, startTime } = web.dictionary(options, "a PerformanceMark");
      super(READY, `${name}`, startTime === undefined ? native.now() : timeOf(startTime), 0);
      this.#detail = detailOf(detail);
    }

    get entryType() {
      return "mark";
    }

    get detail() {
      return this.#detail;
    }

    toJSON() {
      return { ...super.toJSON(), detail: this.detail };
    }
  }

  class PerformanceMeasure extends PerformanceEntry {
    #detail;

    constructor(token, name, start, end, detail) {
      super(token, name, start, end - start);
      this.#detail = detailOf(detail);
    }

    get entryType() {
      return "measure";
    }

    get detail() {
      return this.#detail;
    }

    toJSON() {
      return { ...super.toJSON(), detail: this.detail };
    }
  }

  function timeOf(value) {
    const time = Number(value);
    if (!Number.isFinite(time) || time < 0) throw new TypeError("a time is a number that is not negative");
    return time;
  }

  // A time, or the time of the latest mark of a name.
  function momentOf(mark) {
    if (typeof mark === "number") return timeOf(mark);
    const name = `${mark}`;
    const entry = entries.findLast((other) => other.entryType === "mark" && other.name === name);
    if (entry === undefined) throw new DOMException(`there is no mark ${JSON.stringify(name)}`, "SyntaxError");
    return entry.startTime;
  }

  function checkSpan({ start, end, duration }, endMark) {
    if (endMark !== undefined) throw new TypeError("an end mark is given in the options, or beside a start mark");
    if (start === undefined && end === undefined) throw new TypeError("a measure has a start or an end");
    if (start !== undefined && end !== undefined && duration !== undefined) {
      throw new TypeError("a measure has a start, an end and a duration: two of them at most");
    }
  }

  // [start, end]
  function spanOf(options, endMark) {
    const { start, end, duration } = options;
    if (endMark !== undefined) return [start === undefined ? 0 : momentOf(start), momentOf(endMark)];
    const length = duration === undefined ? undefined : timeOf(duration);
    const last = end !== undefined ? momentOf(end) : start !== undefined && length !== undefined ? momentOf(start) + length : native.now();
    const first = start !== undefined ? momentOf(start) : length !== undefined ? last - length : 0;
    return [first, last];
  }

  function keep(entry) {
    if (entries.length >= MOST) entries.shift();
    entries.push(entry);
    return entry;
  }

  web.mark = (name, options) => keep(new PerformanceMark(name, options));

  web.measure = (name, startOrOptions, endMark) => {
    const text = `${name}`, options = isOptions(startOrOptions) ? startOrOptions : undefined;
    const { start, end, duration, detail } = options ?? { start: startOrOptions };
    const given = start !== undefined || end !== undefined || duration !== undefined || detail !== undefined;
    if (options !== undefined && given) checkSpan({ start, end, duration }, endMark);
    const [first, last] = spanOf({ start, end, duration }, endMark);
    return keep(new PerformanceMeasure(READY, text, first, last, detail));
  };

  web.clearTimings = (type, name) => {
    const wanted = name === undefined ? undefined : `${name}`;
    entries = entries.filter((entry) => entry.entryType !== type || (wanted !== undefined && entry.name !== wanted));
  };

  web.timings = (wanted) => entries.filter(wanted).sort((a, b) => a.startTime - b.startTime);

  for (const Class of [PerformanceEntry, PerformanceMark, PerformanceMeasure]) web.shape(Class);
  web.define({ PerformanceEntry, PerformanceMark, PerformanceMeasure });
}
