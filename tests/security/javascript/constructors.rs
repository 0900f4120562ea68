//! Code made from text, and ways up to whoever called: all that there is, is the function's own global object.

use super::arena::{Attack, Family};

pub const FAMILY: Family = Family { name: "constructors", attacks: ATTACKS, scenes: &[] };

const ATTACKS: &[Attack] = &[
    Attack {
        name: "the constructor of async functions",
        code: "return (async () => {}).constructor(`return [typeof native, typeof web, typeof require, typeof std, typeof os, typeof CANARY]`)();",
        seen: "undefined,undefined,undefined,undefined,undefined,undefined",
    },
    Attack {
        name: "Function in sloppy mode",
        code: "return Function('return this === globalThis && typeof native + typeof web')();",
        seen: "undefinedundefined",
    },
    Attack {
        name: "eval, direct and not",
        code: "return [eval('typeof native'), (0, eval)('typeof web'), (0, eval)('this === globalThis')];",
        seen: "undefined,undefined,true",
    },
    Attack {
        name: "constructors of what the glue has made",
        code: "return Promise.all([request.text, ctx.waitUntil, Headers, setTimeout, process.cwd].map((made) =>
            made.constructor('return typeof native + (this === globalThis)')()));",
        seen: "undefinedtrue,undefinedtrue,undefinedtrue,undefinedtrue,undefinedtrue",
    },
    Attack {
        name: "the constructor of generators",
        code: "return Object.getPrototypeOf(async function* () {}).constructor('yield typeof native; yield typeof web')().next().then(({ value }) => value);",
        seen: "undefined",
    },
    Attack {
        name: "caller and arguments",
        code: "const climb = Function('try { return String(arguments.callee.caller) + String(climbed.caller) } catch (error) { return error.name } function climbed() {}');
            return [climb(), [1].map(climb)[0], (() => { try { return request.text.caller } catch (error) { return error.name } })()];",
        seen: "undefinedundefined,undefinedundefined,TypeError",
    },
    Attack {
        name: "frames of the glue through Error.prepareStackTrace",
        code: "const found = [];
            Error.prepareStackTrace = (error, frames) => { for (const frame of frames) found.push(...['getThis', 'getFunction', 'getEvalOrigin'].map((name) => frame[name]?.())); return ''; };
            try { new Headers({ get x() { return new Error().stack; } }); structuredClone({ get x() { return new Error().stack; } }); } finally { delete Error.prepareStackTrace; }
            return [found.length > 10, found.filter((one) => Object(one) === one).map((one) => one.name)];",
        seen: "true,",
    },
    Attack {
        name: "ShadowRealm, Worker and other worlds",
        code: "return ['ShadowRealm', 'Worker', 'SharedWorker', 'WebAssembly', 'vm', 'Deno', 'Bun', 'fetch', 'WebSocket', 'XMLHttpRequest', 'importScripts', 'print', 'scriptArgs', 'bjson', 'gc']
            .filter((name) => name in globalThis);",
        seen: "",
    },
];
