// Puts a listener in place of each method that can be replaced, uses all that there is, and says what was caught that is the glue's own.
const { apply, construct, ownKeys } = Reflect;
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
const hasIn = Function.prototype.call.bind(Set.prototype.has), addTo = Function.prototype.call.bind(Set.prototype.add);
const isThing = (value) => typeof value === "function" || typeof value === "object" && value !== null;

// All that can be reached from some things, but for what is known.
function reachable(roots, known = new Set()) {
  const seen = new Set(), queue = [...roots];
  while (queue.length > 0) {
    const thing = queue.pop();
    if (!isThing(thing) || seen.has(thing) || known.has(thing) || ArrayBuffer.isView(thing)) continue;
    seen.add(thing);
    queue.push(getPrototypeOf(thing));
    for (const key of ownKeys(thing)) {
      const { value, get, set } = getOwnPropertyDescriptor(thing, key) ?? {};
      queue.push(value, get, set);
    }
  }
  return seen;
}

// Lazy ones too.
for (const name of Object.getOwnPropertyNames(globalThis)) globalThis[name];
const iterators = [[].values(), new Map().keys(), new Set().keys(), (function* () {})(), new Headers().entries(), async () => {}, async function* () {}];
const known = reachable([globalThis, ctx, request, ...iterators]);
const caught = new Set();
let listening = false;

function catchAll(things) {
  if (!listening) return;
  listening = false;
  for (let at = 0; at < things.length; at++) if (isThing(things[at]) && !hasIn(known, things[at])) addTo(caught, things[at]);
  listening = true;
}

const listener = (method) => typeof method !== "function" ? method : function (...args) {
  catchAll([this]);
  catchAll(args);
  return new.target ? construct(method, args, new.target) : apply(method, this, args);
};

const undo = [];
for (const object of [...known]) {
  for (const key of object === globalThis ? [] : ownKeys(object)) {
    const before = getOwnPropertyDescriptor(object, key), { value } = before;
    const isData = "value" in before, isClass = typeof value === "function" && getOwnPropertyDescriptor(value, "prototype") !== undefined;
    if (!before.configurable || key === "constructor" || key === Symbol.hasInstance || isClass || isData && typeof value !== "function") continue;
    const after = isData ? { ...before, value: listener(value) } : { ...before, get: listener(before.get), set: listener(before.set) };
    try {
      defineProperty(object, key, after);
      undo[undo.length] = [object, key, before];
    } catch {}
  }
}

const uses = [
  () => console.log("a", { b: 1 }), () => console.count("c"), () => console.group("g"), () => console.groupEnd(), () => console.table([1]), () => console.time("t"), () => console.timeEnd("t"),
  () => request.headers.get("a"), () => new Headers([["a", "b"]]).append("c", "d"), () => new Request("http://x/", { method: "POST", body: "b" }).text(), () => request.clone().text(),
  () => new Response(new Blob(["x"]).stream()).text(), () => new Promise((done) => setTimeout(done, 1)), () => ctx.waitUntil(Promise.resolve(1)), () => ctx.waitUntil({ then(done) { done(); } }),
  () => structuredClone(new Map([[1, new Blob(["x"])]])), () => new URL("http://a/b?c=d").searchParams.get("c"), () => new EventTarget().dispatchEvent(new Event("x")),
  () => new MessageChannel().port1.postMessage(1), () => AbortSignal.any([request.signal, AbortSignal.timeout(1)]), () => new Response(new FormData()).formData(),
  () => performance.measure("m"), () => new TextDecoder().decode(new TextEncoder().encode("x")), () => crypto.subtle.digest("SHA-256", new Uint8Array(3)), () => crypto.randomUUID(), () => Math.random(),
  () => import("node:async_hooks"), () => import("node:buffer"), () => import("node:crypto"), () => import("node:process"), () => import("node:util"), () => reportError("e"), () => queueMicrotask(() => {}),
  () => new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1)); c.close(); } }).pipeThrough(new CompressionStream("gzip"))).bytes(),
];
listening = true;
new Map().set("trap", { respond: "trap" });
for (let at = 0; at < uses.length; at++) try { await uses[at](); } catch {}
await new Promise((done) => setTimeout(done, 2));
listening = false;
for (const [object, key, before] of undo.reverse()) defineProperty(object, key, before);

// What only the glue has: its natives, itself, what settles an invocation, what it keeps of each.
const OWN = ["respond", "dispatch", "fire", "counts", "goOn", "serialize", "origin"], SETTLING = ["release", "settle", "fail", "ended", "leave"];
const isOwn = (thing) => OWN.some((key) => Object.hasOwn(thing, key)) || typeof thing === "function" && SETTLING.includes(thing.name) && String(thing).includes("[native code]");
const found = [...reachable(caught, known)].filter(isOwn).filter((thing) => !(thing instanceof URL || thing === URL.prototype));
return found.map((thing) => thing.respond === "trap" ? "trap" : thing.name ?? keys(thing).slice(0, 5).join("+")).join();
