//! AsyncLocalStorage: what is carried along, and kept apart.

use serde_json::{Value, json};

use crate::host::{Host, get, text};

use super::assert_values;

/// Each way in which code is called later, as an expression of `get`, which says what the storage holds.
const WAYS: &[(&str, &str)] = &[
    ("await of a value", "(async () => { await 1; return get() })()"),
    ("await of a settled promise", "(async () => { await Promise.resolve(); return get() })()"),
    (
        "await of a pending promise",
        "(async () => { await new Promise((ok) => setTimeout(ok, 2)); return get() })()",
    ),
    (
        "await of a rejected promise",
        "(async () => { try { await Promise.reject(1) } catch { return get() } })()",
    ),
    (
        "await of a promise rejected later",
        "(async () => { try { await new Promise((_, no) => setTimeout(no, 2)) } catch { return get() } })()",
    ),
    (
        "await of another function",
        "(async () => { await (async () => { await 1; await 2 })(); return get() })()",
    ),
    (
        "await of a thenable",
        "(async () => { await { then(ok) { setTimeout(ok, 1) } }; return get() })()",
    ),
    ("a thenable's own then", "(async () => await { then(ok) { ok(get()) } })()"),
    (
        "several awaits",
        "(async () => { for (let n = 0; n < 5; n++) await n; await null; return get() })()",
    ),
    ("then", "Promise.resolve().then(() => get())"),
    ("then, later", "new Promise((ok) => setTimeout(ok, 2)).then(() => get())"),
    ("catch", "Promise.reject(1).catch(() => get())"),
    ("finally", "new Promise((ok) => { Promise.resolve().finally(() => ok(get())) })"),
    ("Promise.all", "Promise.all([1, Promise.resolve()]).then(() => get())"),
    (
        "Promise.race, awaited",
        "(async () => { await Promise.race([new Promise(() => {}), new Promise((ok) => setTimeout(ok, 1))]); return get() })()",
    ),
    (
        "a subclass of Promise",
        "(async () => { class Own extends Promise {} return await new Own((ok) => ok()).then(() => get()) })()",
    ),
    (
        "await of a subclass",
        "(async () => { class Own extends Promise {} await new Own((ok) => setTimeout(ok, 1)); return get() })()",
    ),
    ("setTimeout", "new Promise((ok) => setTimeout(() => ok(get()), 1))"),
    (
        "setInterval",
        "new Promise((ok) => { let n = 0; const i = setInterval(() => { if (++n === 2) { clearInterval(i); ok(get()) } }, 1) })",
    ),
    ("setImmediate", "new Promise((ok) => setImmediate(() => ok(get())))"),
    ("queueMicrotask", "new Promise((ok) => queueMicrotask(() => ok(get())))"),
    ("nextTick", "new Promise((ok) => process.nextTick(() => ok(get())))"),
    (
        "an event",
        "new Promise((ok) => { const e = new events.EventEmitter(); e.on('x', () => ok(get())); setTimeout(() => e.emit('x'), 1) })",
    ),
    (
        "an EventTarget's event",
        "new Promise((ok) => { const t = new EventTarget(); t.addEventListener('x', () => ok(get())); setTimeout(() => t.dispatchEvent(new Event('x')), 1) })",
    ),
    (
        "a generator",
        "(async () => { async function* g() { await 1; yield get(); await 2; yield get() } const all = []; for await (const x of g()) all.push(x); return all[1] })()",
    ),
    (
        "for await",
        "(async () => { for await (const x of [Promise.resolve(1), 2]); return get() })()",
    ),
    (
        "top of a returned promise",
        "(async () => (async () => { await 1; return new Promise((ok) => setTimeout(() => ok(get()), 1)) })())()",
    ),
    ("dynamic import", "import('node:util').then(() => get())"),
];

#[test]
fn a_store_is_found_however_code_is_called_later() {
    let cases: Vec<(String, Value)> = WAYS
        .iter()
        .map(|(way, code)| {
            let source = format!("(() => {{ const als = new async_hooks.AsyncLocalStorage(), get = () => als.getStore(); return als.run({way:?}, () => {code}) }})()");
            (source, json!(way))
        })
        .collect();
    let cases: Vec<_> = cases.iter().map(|(code, value)| (code.as_str(), value.clone())).collect();
    assert_values(&cases);
}

#[test]
fn storages_nest_end_and_are_bound() {
    assert_values(&[
        (
            "(() => { const als = new async_hooks.AsyncLocalStorage(); return als.run(1, () => [als.getStore(), als.run(2, () => als.getStore()), als.getStore(), als.exit(() => als.getStore() ?? 'none')]).concat(als.getStore() ?? 'none') })()",
            json!([1, 2, 1, "none", "none"]),
        ),
        (
            "(() => { const a = new async_hooks.AsyncLocalStorage(), b = new async_hooks.AsyncLocalStorage(); return a.run('a', () => b.run('b', () => [a.getStore(), b.getStore()])) })()",
            json!(["a", "b"]),
        ),
        (
            "(() => { const als = new async_hooks.AsyncLocalStorage(); try { als.run(1, () => { throw 1 }) } catch {} return als.getStore() ?? 'none' })()",
            json!("none"),
        ),
        (
            "(async () => { const als = new async_hooks.AsyncLocalStorage(); als.enterWith('x'); const now = als.getStore(); await 1; const then = als.getStore(); als.disable(); return [now, then, als.getStore() ?? 'none'] })()",
            json!(["x", "x", "none"]),
        ),
        (
            "(() => { const als = new async_hooks.AsyncLocalStorage(); const [f, s, r] = als.run(1, () => [async_hooks.AsyncResource.bind(() => als.getStore()), async_hooks.AsyncLocalStorage.snapshot(), new async_hooks.AsyncResource('X')]); return als.run(2, () => [f(), s(() => als.getStore()), r.runInAsyncScope(() => als.getStore()), r.bind(() => als.getStore())()]) })()",
            json!([1, 1, 1, 1]),
        ),
        (
            "(() => { const als = new async_hooks.AsyncLocalStorage({ defaultValue: 'd', name: 'n' }); return [als.getStore(), als.run(undefined, () => als.getStore() ?? 'undefined'), als.name] })()",
            json!(["d", "undefined", "n"]),
        ),
        (
            "(async () => { const als = new async_hooks.AsyncLocalStorage(); const inner = als.run(1, async () => { await 1; return als.getStore() }); const out = [als.getStore() ?? 'none', await inner]; return [...out, als.getStore() ?? 'none'] })()",
            json!(["none", 1, "none"]),
        ),
    ]);
}

/// Every invocation does the same, each with pauses of its own, and looks again after each.
const INTERLEAVED: &str = "import { AsyncLocalStorage } from 'node:async_hooks'; import { EventEmitter, once } from 'node:events';
    const als = new AsyncLocalStorage(), wrong = [];
    const pause = (ms) => new Promise((ok) => setTimeout(ok, ms));
    const look = (id) => { if (als.getStore()?.id !== id) wrong.push([id, als.getStore()?.id ?? null]) };
    async function work(id) {
        for (let round = 0; round < 20; round++) {
            await pause((id * 7 + round * 3) % 5); look(id);
            await null; look(id);
            await Promise.all([pause(1).then(() => look(id)), Promise.resolve().then(() => look(id)), (async () => { await 1; look(id) })()]); look(id);
            await { then(ok) { look(id); queueMicrotask(() => { look(id); ok() }) } }; look(id);
            try { await Promise.reject(new Error()) } catch { look(id) }
            const emitter = new EventEmitter(); setTimeout(() => emitter.emit('x'), 1); await once(emitter, 'x'); look(id);
        }
        return id;
    }
    export default async (request) => {
        const id = Number(new URL(request.url).pathname.slice(1));
        if (als.getStore() !== undefined) wrong.push(['start', als.getStore()]);
        if (id % 5 === 0) { await work2(id); return Response.json({ id, wrong }) }
        if (id % 2 === 0) als.enterWith({ id }); else return als.run({ id }, async () => Response.json({ id: await work(id), wrong }));
        return Response.json({ id: await work(id), wrong });
    };
    // One that has no store finds none.
    async function work2() { for (let n = 0; n < 30; n++) { await pause(n % 3); await n; await Promise.resolve(); await null; if (als.getStore() !== undefined) wrong.push(['none', als.getStore()]) } }";

#[test]
fn stores_of_invocations_in_flight_together_are_kept_apart() {
    let mut host = Host::serving(INTERLEAVED);
    let ids: Vec<u64> = (1..=24).collect();
    ids.iter().for_each(|id| host.invoke(get(*id, &format!("/{id}"))));
    let mut answered: Vec<u64> = ids
        .iter()
        .map(|_| {
            let value: Value = serde_json::from_str(text(&host.response())).expect("JSON");
            assert_eq!(value["wrong"], json!([]));
            value["id"].as_u64().expect("a number")
        })
        .collect();
    answered.sort_unstable();
    assert_eq!(answered, ids);
}

#[test]
fn rejections_that_nobody_handles_are_reported_with_async_hooks_as_without() {
    let source = |import: &str| {
        format!(
            "{import} export default async () => {{ const p = Promise.reject(new Error('lost')); Promise.resolve(p); await 1; return new Response('ok') }}"
        )
    };
    for import in ["", "import 'node:async_hooks';"] {
        let mut host = Host::serving(&source(import));
        assert_eq!(text(&host.ask(get(1, "/"))), "ok");
        assert_eq!(text(&host.ask(get(2, "/"))), "ok");
        assert!(host.logs.iter().any(|log| log.message.contains("lost")), "{import}");
    }
}
