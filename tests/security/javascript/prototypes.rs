//! What a function puts into prototypes: it must catch nothing of the glue's own, and break nothing but itself.
//!
//! Each trap first catches what the attack itself throws at it, so that it is known to be set: a `!` in the answer says so.

use super::arena::{Arena, Attack, Family, Scene, refused};

pub const FAMILY: Family = Family { name: "prototypes", attacks: ATTACKS, scenes: SCENES };

const ATTACKS: &[Attack] = &[
    Attack {
        name: "setters of Object.prototype for what the glue gives its natives later",
        code: "let caught = '';
            const names = ['arch', 'version', 'engine', 'memoryUsed', 'followPromises', 'newHash', 'newHmac', 'equalInConstantTime'];
            for (const name of names) Object.defineProperty(Object.prototype, name, { configurable: true, set(value) { caught += this === trap ? '!' : 'respond' in this || 'dispatch' in this ? Object.keys(this).join() : ''; } });
            const trap = {}; trap.arch = 1;
            await import('node:process'); await import('node:crypto'); await import('node:async_hooks');
            for (const name of names) delete Object.prototype[name];
            return caught;",
        seen: "!",
    },
    Attack {
        name: "getters of Object.prototype for what the glue asks itself",
        code: "let caught = '';
            const names = ['isSending', 'endUpload', 'takeChunk', 'resume', 'cancelAnswer', 'isStream', 'isBlob', 'isFormData', 'frame', 'variables', 'tellOfLateHandling'];
            for (const name of names) Object.defineProperty(Object.prototype, name, { configurable: true, get() { caught += this === trap ? '!' : name; }, set() { caught += name; } });
            const trap = {}; trap.frame;
            await new Request('http://a/', { method: 'POST', body: new Blob(['x']) }).text(); queueMicrotask(() => {}); reportError(1);
            await new Response(new ReadableStream({ pull(c) { c.close(); } })).text(); await null;
            for (const name of names) delete Object.prototype[name];
            return caught;",
        seen: "!",
    },
    Attack {
        name: "methods of Map.prototype and Set.prototype",
        code: "const caught = new Set();
            for (const { prototype } of [Map, Set, WeakMap]) for (const name of ['get', 'set', 'has', 'delete', 'add', 'keys', 'values', 'entries', 'forEach']) {
                const method = prototype[name]; if (method === undefined) continue;
                prototype[name] = function (...args) { seen[seen.length] = [this, ...args]; return Reflect.apply(method, this, args); };
            }
            const seen = []; new Map().set('trap', 1);
            console.count('c'); console.time('t'); console.timeEnd('t'); structuredClone(new Blob(['x'])); setTimeout(() => {}, 0); request.headers.get('x-y');
            const found = seen.splice(0).flat().filter((one) => typeof one === 'number' && one > 1 || one?.counts || one?.serialize || one?.callback || one?.reader);
            return found.length + (seen.length === 0 ? '!' : '');",
        seen: "0!",
    },
    Attack {
        name: "Promise.prototype.then, Promise.resolve and Function.prototype.call",
        code: "const caught = []; const { apply } = Reflect; const then = Promise.prototype.then, { call, apply: applied, bind } = Function.prototype, resolve = Promise.resolve;
            const listen = (object, name, method) => { object[name] = function (...args) { for (const one of [this, ...args]) if (typeof one === 'function') caught.push(one.name); return apply(method, this, args); }; };
            listen(Promise.prototype, 'then', then); listen(Promise, 'resolve', resolve); listen(Function.prototype, 'call', call); listen(Function.prototype, 'apply', applied); listen(Function.prototype, 'bind', bind);
            (function trap() {}).call(); ctx.waitUntil(Promise.resolve(1)); ctx.waitUntil({ then(done) { done(); } }); await new Response(new Blob(['x']).stream()).text();
            Promise.prototype.then = then; Promise.resolve = resolve; Object.assign(Function.prototype, { call, apply: applied, bind });
            return [caught.includes('trap') ? '!' : 'no trap', ...caught.filter((name) => ['release', 'settle', 'fail', 'ended', 'leave'].includes(name))];",
        seen: "!",
    },
    Attack {
        name: "an answer through a replaced Promise.prototype.then",
        code: "Promise.prototype.then = function () { throw new Error('caught'); }; return 'answered';",
        seen: "answered",
    },
    Attack {
        name: "indices of Array.prototype",
        code: "let caught = 0; Object.defineProperty(Array.prototype, '0', { configurable: true, get() { caught++; return 'polluted'; }, set(value) { caught++; } });
            [][0]; for (let i = 0; i < 200; i++) Math.random();
            const { status } = new Response('x', { headers: { a: 'b' } }); delete Array.prototype[0]; return [caught > 0 ? '!' : '', status];",
        seen: "!,200",
    },
    Attack {
        name: "toJSON and toString of everything",
        code: "for (const { prototype } of [Object, String, Number, Array]) { prototype.toJSON = () => 'polluted'; }
            Object.prototype.toString = () => 'polluted'; return new Response('as it was', { status: 200 });",
        seen: "as it was",
    },
    Attack {
        name: "Symbol.iterator and Symbol.hasInstance",
        code: "Array.prototype[Symbol.iterator] = function* () {}; Object.defineProperty(Uint8Array, Symbol.hasInstance, { value: () => false });
            return 'as it was';",
        seen: "as it was",
    },
    Attack {
        name: "globals that the glue may look up again",
        code: "for (const name of ['Promise', 'Map', 'Object', 'Reflect', 'DOMException', 'Headers', 'Error', 'Symbol', 'Uint8Array', 'JSON', 'String', 'Function']) globalThis[name] = undefined;
            return 'as it was';",
        seen: "as it was",
    },
    Attack {
        name: "a thenable that settles twice, late and with another's answer",
        code: "return { then(done, fail) { done('once'); done('twice'); fail(new Error('thrice')); throw new Error('and again'); } };",
        seen: "once",
    },
];

const SCENES: &[Scene] =
    &[Scene { name: "Symbol.species and what describes errors", play: what_describes_errors }];

/// It is the function's own failure, and is called so: nothing was out of memory.
fn what_describes_errors(arena: &Arena) -> Result<(), String> {
    let code = "Object.defineProperty(Promise, Symbol.species, { get() { return class { constructor() { throw new Error('species'); } }; } });
        Array.prototype[Symbol.iterator] = function* () {}; return 'unheard';";
    refused(&arena.suite.get(&arena.attacker(code, "")), 500, "uncaught_exception")
}
