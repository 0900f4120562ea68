//! Events, messages, clones and patterns, by what expressions are worth; and errors as events.

use bunbase_wire::worker::Level;
use serde_json::json;

use crate::host::{Host, get, text};
use crate::web::assert_values;

#[test]
fn listeners_are_called_in_order_once_and_as_long_as_their_signal_is_not_aborted() {
    assert_values(&[
        (
            "(() => { const t = new EventTarget(), seen = [], c = new AbortController(), on = (n, o) => t.addEventListener('x', () => seen.push(n), o);
                on('bubble'); on('capture', true); on('once', { once: true }); on('signal', { signal: c.signal });
                t.dispatchEvent(new Event('x')); c.abort(); t.dispatchEvent(new Event('x')); return seen.join() })()",
            json!("capture,bubble,once,signal,capture,bubble"),
        ),
        (
            "(() => { const t = new EventTarget(), e = new Event('x', { cancelable: true }), seen = [];
                t.addEventListener('x', (e) => e.preventDefault(), { passive: true });
                t.addEventListener('x', { handleEvent() { seen.push(e.defaultPrevented, e.eventPhase, e.composedPath()[0] === t) } });
                return [t.dispatchEvent(e), ...seen, e.eventPhase, e.currentTarget, e.target === t] })()",
            json!([true, false, 2, true, 0, null, true]),
        ),
        (
            "(() => { const t = new EventTarget(); let name; t.addEventListener('x', (e) => { try { t.dispatchEvent(e) } catch (error) { name = error.name } });
                t.dispatchEvent(new Event('x')); return name })()",
            json!("InvalidStateError"),
        ),
        (
            "[new CustomEvent('a', { detail: 1 }).detail, new ErrorEvent('e', { message: 'm', lineno: 3 }).lineno, new MessageEvent('m', { data: 2 }).data,
                Object.prototype.toString.call(new CustomEvent('a')), new Event('a').isTrusted]",
            json!([1, 3, 2, "[object CustomEvent]", false]),
        ),
        ("new PromiseRejectionEvent('x', {})", json!("throws TypeError")),
    ]);
}

#[test]
fn an_error_event_is_heard_and_prevented_errors_are_not_logged() {
    let mut host = Host::serving(
        "const heard = [];
        addEventListener('error', (e) => { heard.push(e.message, e.error?.name ?? e.error, e.isTrusted); if (e.error?.name === 'TypeError') e.preventDefault() });
        onunhandledrejection = (e) => { heard.push(e.type, e.reason); return false };
        export default async () => { setTimeout(() => null.x, 0); setTimeout(() => { throw 7 }, 1); Promise.reject('r');
            await new Promise((ok) => setTimeout(ok, 20)); reportError(new TypeError('reported')); return Response.json(heard) }",
    );
    let heard: Vec<serde_json::Value> =
        serde_json::from_slice(&host.ask(get(1, "/")).body).expect("JSON");
    assert_eq!(heard[..2], [json!("unhandledrejection"), json!("r")]);
    assert_eq!(
        heard[3..8],
        [json!("TypeError"), json!(true), json!("Uncaught thrown: 7"), json!(7), json!(true)]
    );
    assert_eq!(heard[8], json!("Uncaught TypeError: reported"));
    let lines: Vec<_> =
        host.logs.iter().map(|log| (log.level, log.id, log.message.as_str())).collect();
    assert_eq!(lines, [(Level::Error, Some(1), "Uncaught thrown: 7")]);
}

#[test]
fn a_rejection_that_is_handled_late_is_told() {
    let mut host = Host::serving(
        "let late; addEventListener('unhandledrejection', (e) => e.preventDefault());
        onrejectionhandled = (e) => { late = e.reason };
        export default async () => { const p = Promise.reject('why'); await new Promise((ok) => setTimeout(ok, 5));
            p.catch(() => {}); await new Promise((ok) => setTimeout(ok, 5)); return new Response(late) }",
    );
    assert_eq!(text(&host.ask(get(1, "/"))), "why");
    assert_eq!(host.logs.len(), 0, "{:?}", host.logs);
}

#[test]
fn messages_go_through_a_channel_as_tasks_and_ports_move() {
    assert_values(&[
        (
            "new Promise((ok) => { const { port1, port2 } = new MessageChannel(), seen = []; port2.onmessage = (e) => { seen.push(e.data); if (e.data === 'end') ok(seen) };
                port1.postMessage({ a: 1 }); seen.push('sync'); Promise.resolve().then(() => seen.push('micro')); port1.postMessage('end') })",
            json!(["sync", "micro", { "a": 1 }, "end"]),
        ),
        (
            "new Promise((ok) => { const a = new MessageChannel(), b = new MessageChannel(); b.port1.postMessage('kept');
                a.port2.onmessage = (e) => { e.ports[0].onmessage = (m) => ok([m.data, e.ports.length]) }; a.port1.postMessage(0, [b.port2]) })",
            json!(["kept", 1]),
        ),
        ("new MessageChannel().port1.postMessage(() => 1)", json!("throws DataCloneError")),
        (
            "(() => { const { port1 } = new MessageChannel(); port1.postMessage(0, [port1]) })()",
            json!("throws DataCloneError"),
        ),
        ("new MessagePort()", json!("throws TypeError")),
    ]);
}

#[test]
fn a_clone_keeps_what_the_standard_says_and_refuses_the_rest() {
    assert_values(&[
        (
            "(() => { const a = [1, , 3]; a.x = 'y'; const c = structuredClone(a); return [c.length, 1 in c, c.x] })()",
            json!([3, false, "y"]),
        ),
        (
            "(() => { const c = structuredClone(JSON.parse('{\"__proto__\": 1}')); return [Object.hasOwn(c, '__proto__'), typeof Object.getPrototypeOf(c)] })()",
            json!([true, "object"]),
        ),
        (
            "(() => { const b = new ArrayBuffer(4, { maxByteLength: 8 }), c = structuredClone({ b, v: new Uint8Array(b) }); c.b.resize(8); return [c.b.maxByteLength, c.v.length] })()",
            json!([8, 8]),
        ),
        (
            "(e => [e.name, e.code, e.message, e instanceof DOMException])(structuredClone(new DOMException('m', 'AbortError')))",
            json!(["AbortError", 20, "m", true]),
        ),
        (
            "(e => [e instanceof RangeError, Object.keys(e), e.cause.message, e.stack.includes('at ')])(structuredClone(new RangeError('x', { cause: new Error('c') })))",
            json!([true, [], "c", true]),
        ),
        ("typeof structuredClone(Object(1n))", json!("object")),
        ("structuredClone(Object.create(Date.prototype)) instanceof Date", json!(false)),
        ("structuredClone(new URL('http://a/'))", json!("throws DataCloneError")),
        ("structuredClone(new WeakMap())", json!("throws DataCloneError")),
        ("structuredClone(new Proxy({}, {}))", json!("throws DataCloneError")),
        (
            "(() => { const b = new ArrayBuffer(4); try { structuredClone(() => 1, { transfer: [b] }) } catch {} return b.byteLength })()",
            json!(4),
        ),
    ]);
}

#[test]
fn patterns_match_urls_with_the_engines_regular_expressions() {
    assert_values(&[
        (
            "new URLPattern({ pathname: '/users/:id(\\\\d+)' }).exec('http://a/users/42').pathname.groups",
            json!({ "id": "42" }),
        ),
        (
            "[new URLPattern('/A/*', 'http://h').test('http://h/a/b'), new URLPattern('/A/*', 'http://h', { ignoreCase: true }).test('http://h/a/b')]",
            json!([false, true]),
        ),
        (
            "(p => [p.hasRegExpGroups, p.pathname, p.hostname])(new URLPattern('https://*.example/(?<=x)'))",
            json!("throws TypeError"),
        ),
        (
            "(p => [p.hasRegExpGroups, p.pathname, p.test({ pathname: '/ab' })])(new URLPattern({ pathname: '/((?=a)ab)' }))",
            json!([true, "/((?=a)ab)", true]),
        ),
        ("new URLPattern({ pathname: '/(' })", json!("throws TypeError")),
    ]);
}

#[test]
fn hosts_and_paths_are_those_of_the_standard() {
    assert_values(&[
        ("new URL('file:////one/two').href", json!("file:////one/two")),
        ("new URL('C|/', 'file://host/x').href", json!("file://host/C:/")),
        ("new URL('foo://').href", json!("foo://")),
        (
            "(u => { u.hostname = 'h'; return u.href })(new URL('non-spec:/.//p'))",
            json!("non-spec://h//p"),
        ),
        (
            "(u => { u.password = ''; return [u.password, u.href] })(new URL('http://me:secret@example.net'))",
            json!(["", "http://me@example.net/"]),
        ),
    ]);
}

#[test]
fn marks_and_measures_are_kept_until_cleared() {
    assert_values(&[(
        "(() => { performance.mark('a', { startTime: 1, detail: { x: 1 } }); performance.mark('b', { startTime: 4 }); const m = performance.measure('m', 'a', 'b');
            const names = performance.getEntriesByType('mark').map((e) => e.name); performance.clearMarks('a'); return [m.duration, names, performance.getEntries().length] })()",
        json!([3, ["a", "b"], 2]),
    )]);
}
