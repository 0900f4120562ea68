//! The engine's and the glue's own insides: natives, forged objects, depths.

use super::arena::{Arena, Attack, Family, Scene, is, refused};

pub const FAMILY: Family = Family { name: "engine", attacks: ATTACKS, scenes: SCENES };

const ATTACKS: &[Attack] = &[
    Attack {
        name: "natives among the globals, however deep",
        code: "const seen = new Set(), found = [], queue = [globalThis, ctx, request, env, import.meta];
            while (queue.length > 0) {
                const one = queue.pop();
                if (Object(one) !== one || seen.has(one)) continue;
                seen.add(one);
                for (const key of Reflect.ownKeys(one)) {
                    const { value, get, set } = Object.getOwnPropertyDescriptor(one, key); queue.push(value, get, set);
                    if (['respondHead', 'dispatch', 'beginUpload', 'followPromises', 'randomNumbers', 'setTimer'].includes(key)) found.push(key);
                }
                queue.push(Object.getPrototypeOf(one));
            }
            return [seen.size > 1000, found];",
        seen: "true,",
    },
    Attack {
        name: "the machine in a stack",
        code: "try { structuredClone({ get x() { return request.text.call(0).stack ?? null.x; } }); } catch (error) { return /(root|home|usr|work|src|cargo|registry)\\//.test(error.stack); }",
        seen: "false",
    },
    Attack {
        name: "the glue's source",
        code: "return [Headers, Request.prototype.text, console.log, setTimeout, structuredClone].every((made) => String(made).includes('[native code]'));",
        seen: "true",
    },
    Attack {
        name: "proxies in place of bytes, headers and requests",
        code: "const trap = (target) => new Proxy(target, { get: (t, key) => { seen.push(String(key)); return Reflect.get(t, key); } }); const seen = [];
            const outcomes = [() => new TextDecoder().decode(trap(new Uint8Array(4))), () => crypto.getRandomValues(trap(new Uint8Array(4))), () => request.text.call(trap(request)), () => structuredClone(trap({}))];
            return (await Promise.allSettled(outcomes.map(async (attempt) => attempt()))).map(({ reason }) => reason?.name).join();",
        seen: ",TypeError,TypeError,DataCloneError",
    },
    Attack {
        name: "conversions that throw, or answer differently each time",
        code: "let n = 0; const bomb = { [Symbol.toPrimitive]() { if (n++ > 2) throw new RangeError('bomb'); return n; } };
            const outcomes = [() => new Response('', { status: bomb }).status, () => new Response('', { status: bomb }).status, () => new Headers([[bomb, bomb]]), () => setTimeout(() => {}, bomb), () => new URL(bomb), () => new Response(bomb)];
            return outcomes.map((attempt) => { try { return typeof attempt(); } catch (error) { return error.name; } }).join();",
        seen: "RangeError,RangeError,RangeError,RangeError,RangeError,RangeError",
    },
    Attack {
        name: "a subclass of Response with getters",
        code: "return new (class extends Response { get status() { return 999; } get headers() { throw new Error('headers'); } get body() { throw new Error('body'); } })('as it is');",
        seen: "as it is",
    },
    Attack {
        name: "brackets without end, for each parser",
        code: "const many = 200_000, outcomes = [() => JSON.parse('['.repeat(many)), () => Function('('.repeat(many)), () => RegExp('('.repeat(many)), () => Function('return ' + '-'.repeat(many) + '1'), () => new URLPattern({ pathname: '('.repeat(9999) }), () => Function('a' + '?.a'.repeat(many))];
            return outcomes.map((attempt) => { try { attempt(); return 'parsed'; } catch (error) { return error instanceof Error ? 'refused' : error; } }).join();",
        seen: "refused,refused,refused,refused,refused,...",
    },
    Attack {
        name: "depths without end: nests, proxies, prototypes, causes",
        code: "const nest = (n, wrap, from) => { let one = from; for (let i = 0; i < n; i++) one = wrap(one); return one; };
            const list = nest(100_000, (inner) => [inner], []), cause = nest(50_000, (inner) => new Error('x', { cause: inner }), null);
            const outcomes = [() => JSON.stringify(list), () => structuredClone(list), () => list.flat(Infinity), () => String(list), () => console.log(list), () => console.log(cause), () => reportError(cause),
                () => nest(20_000, (inner) => new Proxy(inner, {}), {}).x, () => nest(100_000, (inner) => Object.create(inner), {}).x, () => nest(20_000, (inner) => inner.bind(), () => 1)(), () => nest(50_000, (inner) => Promise.resolve().then(() => inner), 1)];
            for (const attempt of outcomes) try { attempt(); } catch {}
            return 'survived';",
        seen: "survived",
    },
    Attack {
        name: "strange input for each native",
        code: "const strange = [undefined, null, -1, 2 ** 53, NaN, '', '\\ud800', '\\0', 'a'.repeat(100_000), new Uint8Array(0), {}, [], Symbol.iterator, 1n], natives = [atob, btoa, structuredClone, (x) => new URL(x, x), (x) => new URLPattern(x), (x) => new TextDecoder(x), (x) => new Headers(x), (x) => new Blob([x]), (x) => new CompressionStream(x),
                (x) => new Response(x, { headers: { 'content-type': `multipart/form-data; boundary=${x}` } }).formData(), (x) => crypto.subtle.digest('SHA-1', x), (x) => crypto.subtle.importKey('raw', x, 'AES-GCM', true, ['encrypt']), (x) => clearTimeout(x), (x) => new URLSearchParams(x), (x) => performance.measure(x, x), (x) => AbortSignal.timeout(x), (x) => new Response(x, x), (x) => new Request(x, x)];
            for (const native of natives) for (const one of strange) try { Promise.resolve(native(one)).catch(() => {}); } catch {}
            return 'survived';",
        seen: "survived",
    },
    Attack {
        name: "WeakRef and FinalizationRegistry",
        code: "const kept = [], registry = new FinalizationRegistry((held) => { kept.push(held); throw new Error('late'); });
            for (let i = 0; i < 10_000; i++) registry.register({ i }, i); const weak = new WeakRef({}); await new Promise((done) => setTimeout(done, 5)); return typeof weak.deref;",
        seen: "function",
    },
];

const SCENES: &[Scene] = &[
    Scene {
        name: "a forged Response",
        play: |arena| no_response(arena, "Object.create(Response.prototype)"),
    },
    Scene {
        name: "a proxy of a Response",
        play: |arena| no_response(arena, "new Proxy(new Response('x'), {})"),
    },
    Scene {
        name: "what looks like a Response",
        play: |arena| {
            no_response(
                arena,
                "({ status: 200, headers: new Headers(), body: null, text: () => 'x' })",
            )
        },
    },
    Scene { name: "all methods of all prototypes", play: all_methods },
];

fn no_response(arena: &Arena, answer: &str) -> Result<(), String> {
    let name = arena.name();
    arena.deploy(&name, &format!("export default () => {answer};"), "")?;
    refused(&arena.suite.get(&format!("/functions/{name}")), 502, "bad_response")
}

/// Every method that can be replaced is, and what each is given is searched for what only the glue has.
fn all_methods(arena: &Arena) -> Result<(), String> {
    let answer = arena.suite.post(&arena.attacker(include_str!("listen.js"), ""), b"body");
    is(answer.body == b"trap", || format!("caught {}", String::from_utf8_lossy(&answer.body)))
}
