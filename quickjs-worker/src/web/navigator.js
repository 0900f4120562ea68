// navigator (https://html.spec.whatwg.org/#navigator)
export default function (web) {
  const READY = Symbol();

  class Navigator {
    #userAgent = "BunBase";

    constructor(token) {
      if (token !== READY) throw new TypeError("Illegal constructor");
    }

    get userAgent() {
      return this.#userAgent;
    }
  }

  web.shape(Navigator);
  web.define({ Navigator, navigator: new Navigator(READY) });
}
