//! The Web APIs, by what expressions are worth.

use serde_json::{Value, json};

use crate::host::{Host, post, text};

/// Answers with the value of the expression in the body, or the name of what it throws.
const EVALUATE: &str = "const Async = (async () => {}).constructor;
    export default async (r) => { const source = await r.text();
        try { return Response.json(await new Async('return (' + source + ')')() ?? null) }
        catch (e) { return Response.json('throws ' + e.name) } }";

struct Evaluator(Host, u64);

impl Evaluator {
    fn new() -> Self {
        Self(Host::serving(EVALUATE), 0)
    }

    fn value(&mut self, expression: &str) -> Value {
        self.1 += 1;
        let response = self.0.ask(post(self.1, expression));
        serde_json::from_str(text(&response)).expect("JSON")
    }
}

/// Asserts what expressions are worth.
pub fn assert_values(cases: &[(&str, Value)]) {
    let mut evaluator = Evaluator::new();
    for (expression, expected) in cases {
        assert_eq!(&evaluator.value(expression), expected, "{expression}");
    }
}

#[test]
fn urls_are_taken_apart_and_changed_as_the_standard_says() {
    assert_values(&[
        (
            "(({ href, origin, protocol, username, password, host, hostname, port, pathname, search, hash }) =>
                [href, origin, protocol, username, password, host, hostname, port, pathname, search, hash])
                (new URL('HTTPS://me:pw@EXAMPLE.com:8080/a/../b c?q=1#f'))",
            json!([
                "https://me:pw@example.com:8080/b%20c?q=1#f",
                "https://example.com:8080",
                "https:",
                "me",
                "pw",
                "example.com:8080",
                "example.com",
                "8080",
                "/b%20c",
                "?q=1",
                "#f"
            ]),
        ),
        ("new URL('../x?y', 'http://a/b/c/d').href", json!("http://a/b/x?y")),
        ("new URL('http://a/?#').search + new URL('http://a/?#').hash", json!("")),
        ("new URL('nonsense')", json!("throws TypeError")),
        ("[URL.canParse('x:'), URL.canParse('x'), URL.parse('x')]", json!([true, false, null])),
        ("(() => { const u = new URL('http://a/'); u.port = '81'; u.pathname = 'x y'; u.hash = 'h'; u.host = 'b';
            u.port = 'nonsense'; u.protocol = 'https'; return JSON.stringify({ u }) })()", json!("{\"u\":\"https://b:81/x%20y#h\"}")),
        ("new URL('http://bücher.example/ü').href", json!("http://xn--bcher-kva.example/%C3%BC")),
    ]);
}

#[test]
fn search_params_and_their_url_change_together() {
    assert_values(&[
        ("(() => { const u = new URL('http://a/?x=1&x=2&y=a+b%20c'); const p = u.searchParams; p.append('z', 'ä&'); p.delete('x', '1');
            return [u.search, p.get('y'), p.getAll('x'), p.size, p.has('q')] })()",
            json!(["?x=2&y=a+b+c&z=%C3%A4%26", "a b c", ["2"], 3, false])),
        ("(() => { const u = new URL('http://a/?x=1'); const p = u.searchParams; u.search = '?b=2'; return [...p] })()", json!([["b", "2"]])),
        ("(() => { const p = new URLSearchParams([['b', 1], ['a', 2], ['b', 3]]); p.set('b', 4); p.sort(); return String(p) })()", json!("a=2&b=4")),
        ("[String(new URLSearchParams({ a: 1 })), String(new URLSearchParams('?a=%zz'))]", json!(["a=1", "a=%25zz"])),
    ]);
}

#[test]
fn headers_are_joined_sorted_and_case_insensitive() {
    assert_values(&[
        (
            "(() => { const h = new Headers([['B', '1'], ['a', ' 2 ']]); h.append('b', '3'); return [[...h], h.get('B'), h.has('x'), h.get('x')] })()",
            json!([[["a", "2"], ["b", "1, 3"]], "1, 3", false, null]),
        ),
        (
            "(() => { const h = new Headers({ a: 1, b: 2 }); h.append('a', 3); h.set('A', 4); h.delete('b'); return [...h] })()",
            json!([["a", "4"]]),
        ),
        (
            "(() => { const h = new Headers({ 'set-cookie': 'a' }); h.append('set-cookie', 'b'); return [[...h], h.get('set-cookie'), new Headers(h).getSetCookie()] })()",
            json!([[["set-cookie", "a"], ["set-cookie", "b"]], "a, b", ["a", "b"]]),
        ),
        ("new Headers([['a']])", json!("throws TypeError")),
        ("new Headers('x')", json!("throws TypeError")),
    ]);
}

#[test]
fn requests_are_made_cloned_and_read_once() {
    assert_values(&[
        (
            "(() => { const r = new Request('http://a/b', { method: 'post', body: 'x', headers: { A: 1 } }); return [r.method, r.url, [...r.headers]] })()",
            json!([
                "POST",
                "http://a/b",
                [["a", "1"], ["content-type", "text/plain;charset=UTF-8"]]
            ]),
        ),
        (
            "(async () => { const r = new Request('http://a/', { method: 'PUT', body: 'x' }); await r.text(); return [r.bodyUsed, await r.text().catch((e) => e.name)] })()",
            json!([true, "TypeError"]),
        ),
        (
            "(async () => { const r = new Request('http://a/', { method: 'PUT', body: new URLSearchParams({ a: 'b c' }) }), c = r.clone(); return [await r.text(), await c.text(), c.headers.get('content-type')] })()",
            json!(["a=b+c", "a=b+c", "application/x-www-form-urlencoded;charset=UTF-8"]),
        ),
        ("new Request('http://a/', { body: 'x' })", json!("throws TypeError")),
        ("new Request('/relative')", json!("throws TypeError")),
        ("new Request('http://a/', undefined).method", json!("GET")),
        (
            "(async () => { const r = new Request(new Request('http://a/', { method: 'POST', body: 'x' }), { headers: { b: '1' } }); return [r.method, await r.text(), r.headers.get('b')] })()",
            json!(["POST", "x", "1"]),
        ),
    ]);
}

#[test]
fn responses_are_made_in_every_way() {
    assert_values(&[
        (
            "[new Response().status, new Response('x').ok, new Response('', { status: 404, statusText: 'no' }).statusText]",
            json!([200, true, "no"]),
        ),
        ("new Response('', { status: 99 })", json!("throws RangeError")),
        ("new Response('x', { status: 204 })", json!("throws TypeError")),
        (
            "(r => [r.status, r.headers.get('location')])(Response.redirect('http://a/b', 303))",
            json!([303, "http://a/b"]),
        ),
        ("Response.redirect('http://a/', 200)", json!("throws RangeError")),
        ("Response.json(undefined)", json!("throws TypeError")),
        ("[Response.error().type, Response.error().status]", json!(["error", 0])),
        (
            "new Response('x', { headers: { 'content-type': 'a/b' } }).headers.get('content-type')",
            json!("a/b"),
        ),
        ("new Response(new Uint8Array([1])).headers.get('content-type')", json!(null)),
        ("(async () => [...await new Response('ü').bytes()])()", json!([195, 188])),
        (
            "(async () => (await new Response(new Uint8Array([9, 65, 66]).subarray(1)).arrayBuffer()).byteLength)()",
            json!(2),
        ),
        (
            "(async () => { const r = new Response('x'), c = r.clone(); await r.text(); return [c.bodyUsed, await c.text()] })()",
            json!([false, "x"]),
        ),
        ("new Response('\\ud800').text().then((t) => t.charCodeAt(0))", json!(0xfffd)),
        ("new Response('\\ufeffx').bytes().then((b) => b.length)", json!(4)),
        ("new Response(null, { status: 200.9 }).status", json!(200)),
    ]);
}

#[test]
fn text_is_encoded_and_decoded() {
    assert_values(&[
        ("[...new TextEncoder().encode('aü€')]", json!([97, 195, 188, 226, 130, 172])),
        ("new TextEncoder().encodeInto('aü€', new Uint8Array(4))", json!({ "read": 2, "written": 3 })),
        ("new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97, 0xff]))", json!("a\u{fffd}")),
        ("new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 97]))", json!("\u{feff}a")),
        ("new TextDecoder('utf8', { fatal: true }).decode(new Uint8Array([0xff]))", json!("throws TypeError")),
        ("new TextDecoder('latin1').decode(new Uint8Array([0xe9])) + new TextDecoder('latin1').encoding", json!("éwindows-1252")),
        ("new TextDecoder('shift_jis').decode(new Uint8Array([0x83, 0x65]))", json!("テ")),
        ("new TextDecoder('nonsense')", json!("throws RangeError")),
        ("(() => { const d = new TextDecoder(), part = (...b) => d.decode(new Uint8Array(b), { stream: true });
            return [part(0xe2, 0x82), part(0xac, 97), part(0xc3), d.decode()] })()", json!(["", "€a", "", "\u{fffd}"])),
        ("[btoa('\\xff'), atob(' /w== ').charCodeAt(0)]", json!(["/w==", 255])),
        ("atob('*')", json!("throws InvalidCharacterError")),
    ]);
}

#[test]
fn signals_abort_once_and_with_a_reason() {
    assert_values(&[
        ("(() => { const c = new AbortController(), seen = []; c.signal.onabort = () => seen.push('on');
            c.signal.addEventListener('abort', (e) => seen.push(e.type, e.target === c.signal)); c.abort(); c.abort();
            return [seen, c.signal.aborted, c.signal.reason.name, c.signal.reason instanceof DOMException] })()",
            json!([["on", "abort", true], true, "AbortError", true])),
        ("AbortSignal.abort().throwIfAborted()", json!("throws AbortError")),
        ("new Promise((ok) => { const s = AbortSignal.timeout(5); s.onabort = () => ok(s.reason.name) })", json!("TimeoutError")),
        ("(() => { const c = new AbortController(), any = AbortSignal.any([new AbortController().signal, c.signal]); c.abort('why'); return [any.aborted, any.reason] })()", json!([true, "why"])),
        ("new AbortSignal()", json!("throws TypeError")),
        ("(() => { const t = new EventTarget(), seen = []; const f = () => seen.push('f'); t.addEventListener('x', f); t.addEventListener('x', f);
            t.addEventListener('x', { handleEvent() { seen.push('o') } }, { once: true }); t.dispatchEvent(new Event('x')); t.removeEventListener('x', f); t.dispatchEvent(new Event('x')); return seen })()",
            json!(["f", "o"])),
    ]);
}

#[test]
fn timers_fire_in_order_repeat_and_can_be_cleared() {
    assert_values(&[
        ("new Promise((ok) => { const seen = []; setTimeout(() => seen.push('late'), 5); setTimeout((x) => seen.push(x), 0, 'soon');
            clearTimeout(setTimeout(() => seen.push('never'), 1)); queueMicrotask(() => seen.push('micro')); setTimeout(() => ok(seen), 15) })",
            json!(["micro", "soon", "late"])),
        ("new Promise((ok) => { let n = 0; const i = setInterval(() => { if (++n === 3) { clearInterval(i); setTimeout(() => ok(n), 10) } }, 1) })", json!(3)),
        ("setTimeout('alert(1)')", json!("throws TypeError")),
        ("clearTimeout(undefined) ?? clearTimeout(12345) ?? 'fine'", json!("fine")),
    ]);
}

#[test]
fn clones_are_deep_and_keep_cycles_and_kinds() {
    assert_values(&[
        ("(() => { const a = { d: new Date(5), m: new Map([[1, { x: 1 }]]), s: new Set([2]), b: new Uint8Array([1, 2]), r: /x/gi, u: undefined }; a.self = a;
            const c = structuredClone(a); return [c !== a, c.self === c, c.d.getTime(), c.m.get(1).x, c.m.get(1) !== a.m.get(1), c.s.has(2), [...c.b], c.r.flags, 'u' in c] })()",
            json!([true, true, 5, 1, true, true, [1, 2], "gi", true])),
        ("(e => [e instanceof RangeError, e.message, e.cause])(structuredClone(new RangeError('x', { cause: 1 })))", json!([true, "x", 1])),
        ("structuredClone(() => 1)", json!("throws DataCloneError")),
        ("structuredClone(Symbol())", json!("throws DataCloneError")),
        ("(() => { const b = new ArrayBuffer(4), c = structuredClone(b, { transfer: [b] }); return [b.byteLength, c.byteLength] })()", json!([0, 4])),
        ("(() => { const b = new ArrayBuffer(4), c = structuredClone({ x: new Uint8Array(b, 1, 2), b }); return [c.x.buffer === c.b, c.x.byteOffset, c.x.length] })()", json!([true, 1, 2])),
    ]);
}

#[test]
fn randomness_is_random() {
    assert_values(&[
        (
            "/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())",
            json!(true),
        ),
        ("new Set(Array.from({ length: 1000 }, () => Math.random())).size", json!(1000)),
        (
            "Array.from({ length: 1000 }, () => Math.random()).every((x) => x >= 0 && x < 1)",
            json!(true),
        ),
        ("crypto.getRandomValues(new Uint32Array(64)).some((x) => x > 0)", json!(true)),
        ("crypto.getRandomValues(new Float64Array(1))", json!("throws TypeMismatchError")),
        ("crypto.getRandomValues(new Uint8Array(65537))", json!("throws QuotaExceededError")),
    ]);
}

#[test]
fn the_environment_is_that_of_a_web_runtime_and_no_more() {
    assert_values(&[
        ("[self === globalThis, navigator.userAgent]", json!([true, "BunBase"])),
        (
            "['std', 'os', 'bjson', 'require', 'module', 'print', 'scriptArgs', 'Worker'].filter((name) => name in globalThis)",
            json!([]),
        ),
        (
            "performance.now() >= 0 && Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000",
            json!(true),
        ),
        ("Object.keys(globalThis)", json!([])),
    ]);
}
