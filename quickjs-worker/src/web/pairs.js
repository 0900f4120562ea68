// What Web IDL calls a pair iterator: entries(), keys(), values() and forEach() of a list of names and values
export default function (web) {
  const ITERATOR = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  const { defineProperty } = Object;
  const PICK = { entries: (pair) => [pair[0], pair[1]], keys: (pair) => pair[0], values: (pair) => pair[1] };

  // The class of the iterators of one interface. `at(object, index)` finds a pair, or undefined behind the last one.
  function iteratorClass(name, at) {
    class PairIterator {
      #of;
      #pick;
      #index = 0;

      constructor(of, pick) {
        this.#of = of;
        this.#pick = pick;
      }

      next() {
        const pair = at(this.#of, this.#index++);
        return pair === undefined ? { value: undefined, done: true } : { value: this.#pick(pair), done: false };
      }
    }
    // Classes of Web APIs have no constructor for their iterators.
    delete PairIterator.prototype.constructor;
    Object.setPrototypeOf(PairIterator.prototype, ITERATOR);
    web.enumerable(PairIterator, ["next"]);
    defineProperty(PairIterator.prototype, Symbol.toStringTag, { value: `${name} Iterator`, configurable: true });
    return PairIterator;
  }

  // Makes a class iterable.
  web.iterable = (Class, at) => {
    const PairIterator = iteratorClass(Class.name, at);
    const methods = {
      entries() {
        at(this, 0);
        return new PairIterator(this, PICK.entries);
      },
      keys() {
        at(this, 0);
        return new PairIterator(this, PICK.keys);
      },
      values() {
        at(this, 0);
        return new PairIterator(this, PICK.values);
      },
      forEach(callback, thisArg = undefined) {
        at(this, 0);
        if (typeof callback !== "function") throw new TypeError(`${Class.name}.forEach needs a function`);
        for (let index = 0, pair; (pair = at(this, index)) !== undefined; index++) callback.call(thisArg, pair[1], pair[0], this);
      },
    };
    Object.defineProperties(Class.prototype, Object.getOwnPropertyDescriptors(methods));
    defineProperty(Class.prototype, Symbol.iterator, { value: methods.entries, writable: true, configurable: true });
  };
}
