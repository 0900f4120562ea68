//! Two requests at once in one worker: what one of them does reaches the other only through what the function's own module shares.

use std::thread;

use bunbase_tests::Answer;

use super::arena::{Arena, Family, Scene, is};

pub const FAMILY: Family = Family { name: "invocations", attacks: &[], scenes: SCENES };

/// The victim's request is under way while the attacker's runs; each is the same function's.
const SCENES: &[Scene] = &[
    Scene {
        name: "a forged context",
        play: |arena| {
            unharmed(arena, "
        const forged = Object.create(Object.getPrototypeOf(ctx)), Context = ctx.constructor;
        const outcomes = [() => forged.waitUntil(1), () => ctx.waitUntil.call({}), () => ctx.waitUntil.call(request)].map((attempt) => { try { attempt(); return 'held'; } catch (error) { return error.name; } });
        for (let id = 0; id < 40; id++) new Context(id, 'forged'); ctx.invocationId = 'other';
        return outcomes.join();", "TypeError,TypeError,TypeError")
        },
    },
    Scene {
        name: "answers for other ids through a context of one's own making",
        play: |arena| {
            unharmed(arena, "
        const Context = ctx.constructor;
        for (let lease = 1; lease < 200; lease++) for (let id = lease * 2 ** 24; id < lease * 2 ** 24 + 4; id++) { const other = new Context(id, 'forged'); other.waitUntil(Promise.resolve(new Response('forged'))); }
        return 'tried';", "tried")
        },
    },
    Scene {
        name: "the functions of the stack, called for other ids",
        play: |arena| {
            unharmed(arena, "
        if (globalThis.inside) return 'forged';
        globalThis.inside = true;
        const functions = []; Error.prepareStackTrace = (error, frames) => { functions.push(...frames.map((frame) => frame.getFunction?.())); };
        new Headers({ get x() { new Error(); return 'y'; } }); Error.prepareStackTrace = undefined;
        for (const call of functions) for (let lease = 1; lease < 200; lease++) for (let id = lease * 2 ** 24; id < lease * 2 ** 24 + 4; id++) try { call(id, 'forged', 'GET', 'http://a/', '', undefined); } catch {}
        return 'tried';", "tried")
        },
    },
    Scene {
        name: "a forged request",
        play: |arena| {
            unharmed(arena, "
        const forged = Object.create(Request.prototype);
        const outcomes = [() => forged.text(), () => Request.prototype.clone.call({}), () => Reflect.get(Request.prototype, 'headers', {}), () => Reflect.get(Request.prototype, 'body', forged)];
        return (await Promise.allSettled(outcomes.map(async (attempt) => attempt()))).map(({ reason }) => reason?.name).join();", "TypeError,TypeError,TypeError,TypeError")
        },
    },
    Scene {
        name: "the store of AsyncLocalStorage",
        play: |arena| {
            unharmed(
                arena,
                "
        const seen = [storage.getStore()]; await null; seen.push(storage.getStore());
        await new Promise((done) => setTimeout(done, 5)); seen.push(storage.getStore());
        return seen.map((one) => one === undefined ? 'nothing' : one).join();",
                "nothing,nothing,nothing",
            )
        },
    },
    Scene {
        name: "aborting",
        play: |arena| {
            unharmed(
                arena,
                "
        request.signal.dispatchEvent(new Event('abort')); AbortSignal.any([request.signal]);
        try { new AbortSignal(); } catch {} AbortSignal.abort('x'); new AbortController().abort();
        Object.defineProperty(AbortSignal.prototype, 'mine', { value: 1 });
        return request.signal.aborted;",
                "false",
            )
        },
    },
    Scene {
        name: "a stream of a body that is another's",
        play: |arena| {
            unharmed(arena, "
        const mine = request.body, again = new Request('http://a/', { method: 'POST', body: mine, duplex: 'half' });
        try { request.clone(); } catch {} return await again.text();", "the attacker's body")
        },
    },
    Scene {
        name: "clearing timers that are not there",
        play: |arena| {
            unharmed(arena, "
        const mine = setTimeout(() => {}, 1000); for (const id of [NaN, -1, 0, mine, 'x', null]) clearTimeout(id); return typeof mine;", "number")
        },
    },
    Scene {
        name: "a failure",
        play: |arena| {
            unharmed(arena, "
        queueMicrotask(() => { throw new Error('in a microtask'); }); Promise.reject(new Error('unhandled')); setTimeout(() => { throw null; }, 0); return 'failed behind its answer';", "failed behind its answer")
        },
    },
    Scene { name: "lines of the log in another's name", play: lines_of_the_log },
    Scene { name: "the same Response twice", play: the_same_response },
    Scene { name: "another's request id", play: the_same_request_id },
];

const MODULE: &str = "
    import { AsyncLocalStorage } from 'node:async_hooks';
    const storage = new AsyncLocalStorage();
    const attack = async (request, env, ctx) => { CODE };
    export default { async fetch(request, env, ctx) {
        if (request.headers.get('x-who') !== 'victim') {
            try { return new Response(String(await attack(request, env, ctx))); } catch (error) { return new Response(`${error.name}: ${error.message}`); }
        }
        return storage.run('the victim\\'s', async () => {
            await new Promise((done) => setTimeout(done, 60));
            console.log('a line of the victim');
            return new Response([await request.text(), storage.getStore(), request.signal.aborted, ctx.invocationId === request.headers.get('x-request-id') || 'own id'].join());
        });
    } };";

/// What both are answered: the attacker's request comes while the victim's waits.
fn both(arena: &Arena, code: &str, ids: [&str; 2]) -> (Answer, Answer) {
    let name = arena.name();
    let toml = "[scale]\nmax = 1\nconcurrency = 10";
    arena.deploy(&name, &MODULE.replace("CODE", code), toml).unwrap();
    let path = format!("/functions/{name}");
    let suite = &arena.suite;
    let ask = |who: &str, id: &str| {
        let headers = [("x-who", who), ("x-request-id", id)];
        suite.request("POST", &path, &headers, format!("the {who}'s body").as_bytes())
    };
    thread::scope(|scope| {
        let victim = scope.spawn(|| ask("victim", ids[0]));
        thread::sleep(std::time::Duration::from_millis(25));
        let attacker = ask("attacker", ids[1]);
        (attacker, victim.join().unwrap())
    })
}

fn unharmed(arena: &Arena, code: &str, seen: &str) -> Result<(), String> {
    let (attacker, victim) = both(arena, code, ["of-the-victim", "of-the-attacker"]);
    is(attacker.body == seen.as_bytes(), || format!("the attacker sees {attacker:?}"))?;
    victim_has_its_own(&victim)
}

fn victim_has_its_own(victim: &Answer) -> Result<(), String> {
    let is_own =
        victim.status == 200 && victim.text().starts_with("the victim's body,the victim's,false,");
    is(is_own, || format!("the victim gets {victim:?}"))
}

/// Each line has the id of the request that wrote it, also in what goes on behind its answer.
fn lines_of_the_log(arena: &Arena) -> Result<(), String> {
    let code = "console.log('forged-1'); setTimeout(() => console.log('forged-2'), 1); await null; console.error('forged-3'); return 'said'";
    let (attacker, victim) = both(arena, code, ["victim-of-the-log", "attacker-of-the-log"]);
    victim_has_its_own(&victim)?;
    is(attacker.body == b"said", || format!("{attacker:?}"))?;
    let log = arena.suite.log();
    let forged: Vec<&str> = log.lines().filter(|line| line.contains("forged-")).collect();
    let of_victim = |line: &&&str| victim.header("x-request-id").iter().any(|id| line.contains(id));
    is(forged.len() == 3 && !forged.iter().any(|line| of_victim(&line)), || format!("{forged:?}"))
}

/// A Response is sent once; the second time it is a mistake of its function.
fn the_same_response(arena: &Arena) -> Result<(), String> {
    let path = arena.attacker("return globalThis.kept ??= new Response('once')", "");
    let (first, second) = (arena.suite.get(&path), arena.suite.get(&path));
    is(first.body == b"once" && second.status == 502, || format!("{first:?} {second:?}"))
}

/// Two requests that say that they are the same one are two all the same.
fn the_same_request_id(arena: &Arena) -> Result<(), String> {
    let (attacker, victim) = both(arena, "return await request.text()", ["same", "same"]);
    is(attacker.body == b"the attacker's body", || format!("{attacker:?}"))?;
    victim_has_its_own(&victim)
}
