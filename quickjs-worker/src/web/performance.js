// performance.now, performance.timeOrigin (https://w3c.github.io/hr-time/)
export default function (web, native) {
  class Performance {
    now() {
      return native.now();
    }

    get timeOrigin() {
      return native.timeOrigin();
    }

    toJSON() {
      return { timeOrigin: this.timeOrigin };
    }
  }

  web.enumerable(Performance, ["now", "timeOrigin", "toJSON"]);
  web.define({ Performance, performance: new Performance() });
}
