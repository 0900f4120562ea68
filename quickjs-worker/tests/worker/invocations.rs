//! Requests and responses, one and many.

use bunbase_wire::worker::{FromWorker, INLINE_BODY, Invoke, ToWorker};

use crate::host::{Host, get, header, post, text};

const ECHO: &str =
    "export default async (r) => new Response(await r.arrayBuffer(), { headers: r.headers })";

#[test]
fn a_get_without_anything_is_answered() {
    let mut host = Host::serving("export default () => new Response()");
    let response = host.ask(get(1, "/"));
    assert_eq!(
        (response.id, response.status, response.headers.len(), response.body.len()),
        (1, 200, 0, 0)
    );
}

#[test]
fn a_json_response_has_its_type_and_status() {
    let mut host =
        Host::serving("export default () => Response.json({ a: ['ü'] }, { status: 201 })");
    let response = host.ask(get(1, "/"));
    assert_eq!((response.status, text(&response)), (201, r#"{"a":["ü"]}"#));
    assert_eq!(header(&response, "content-type"), Some("application/json"));
}

#[test]
fn what_an_async_handler_has_set_off_runs_before_its_answer_is_sent() {
    let mut host = Host::serving(
        "export default async () => { Promise.resolve().then(() => console.log('first')); return new Response('second') }",
    );
    host.invoke(get(1, "/"));
    let log = host.log();
    assert_eq!((log.id, log.message.as_str()), (Some(1), "first"));
    assert_eq!(text(&host.response()), "second");
}

#[test]
fn a_request_leaves_nothing_that_is_there_until_cycles_are_collected() {
    let mut host = Host::serving(
        "export default async (r) => Response.json(new URL(r.url).searchParams.get('a') + r.headers.get('b'))",
    );
    let mut taken = |ids: std::ops::Range<u64>| {
        ids.map(|id| host.ask(get(id, "/?a=1")).used.expect("what it has cost").memory).last()
    };
    let (early, late) = (taken(0..500), taken(500..3000));
    assert_eq!(early, late);
}

#[test]
fn a_posted_text_is_read_as_text_and_as_json() {
    let mut host = Host::serving(
        "export default async (r) => new Response((await r.clone().json()).a + await r.text())",
    );
    assert_eq!(text(&host.ask(post(1, r#"{"a":"ü"}"#))), r#"ü{"a":"ü"}"#);
}

#[test]
fn binary_bodies_are_exact_both_ways_at_every_size() {
    let mut host = Host::serving(ECHO);
    for (id, size) in (1..).zip([1, 255, INLINE_BODY, INLINE_BODY + 1, 64 << 10, 1 << 20]) {
        let body: Vec<u8> = (0..=250).cycle().take(size).collect();
        assert!(host.ask(post(id, body.clone())).body == body, "{size} bytes");
    }
}

#[test]
fn views_of_a_buffer_are_sent_as_the_bytes_that_they_show() {
    let mut host = Host::serving(
        "export default () => new Response(new Uint16Array([1, 258, 3]).subarray(1, 2))",
    );
    assert_eq!(host.ask(get(1, "/")).body[..], [2, 1]);
}

#[test]
fn set_cookie_comes_and_goes_twice() {
    let mut host = Host::serving(
        "export default (r) => { const h = new Headers({ 'Set-Cookie': 'a=1' });
            for (const c of r.headers.getSetCookie()) h.append('set-cookie', c);
            return new Response(r.headers.get('x'), { headers: h }) }",
    );
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers =
        vec![pair("set-cookie", "b=2"), pair("x", "1"), pair("set-cookie", "c=3"), pair("x", "")];
    let response = host.ask(Invoke { headers, ..get(1, "/") });
    let cookies: Vec<&str> = response
        .headers
        .iter()
        .filter(|(n, _)| n == "set-cookie")
        .map(|(_, v)| v.as_str())
        .collect();
    assert_eq!(cookies, ["a=1", "b=2", "c=3"]);
    assert_eq!(text(&response), "1, ");
}

#[test]
fn invocations_in_flight_are_answered_in_the_order_in_which_they_finish() {
    let mut host = Host::serving(
        "export default async (r) => { const ms = Number(new URL(r.url).searchParams.get('ms'));
            await new Promise((ok) => setTimeout(ok, ms)); return new Response(String(ms)) }",
    );
    for (id, milliseconds) in [(1, 120), (2, 20), (3, 70)] {
        host.invoke(get(id, &format!("/?ms={milliseconds}")));
    }
    let ids = [host.response().id, host.response().id, host.response().id];
    assert_eq!(ids, [2, 3, 1]);
}

#[test]
fn a_batch_of_messages_is_answered_whole() {
    let mut host = Host::serving(ECHO);
    (0..500).for_each(|id| host.invoke(post(id, id.to_string())));
    let right = (0..500).all(|id| {
        let response = host.response();
        response.id == id && text(&response) == id.to_string()
    });
    assert!(right);
}

#[test]
fn large_answers_reach_a_host_that_reads_late() {
    let mut host =
        Host::serving("export default () => new Response(new Uint8Array(4 << 20).fill(7))");
    (1..=4).for_each(|id| host.invoke(get(id, "/")));
    std::thread::sleep(std::time::Duration::from_millis(200));
    let lengths: Vec<usize> = (1..=4).map(|_| host.response().body.len()).collect();
    assert_eq!(lengths, [4 << 20; 4]);
}

#[test]
fn a_cancelled_invocation_aborts_its_signal_and_gives_no_answer() {
    let mut host = Host::serving(
        "export default (r) => r.url.endsWith('/wait')
            ? new Promise((ok) => { console.log('begun'); r.signal.addEventListener('abort', () => {
                console.log(r.signal.reason.name); ok(new Response('too late')) }) })
            : new Response('next')",
    );
    host.invoke(get(1, "/wait"));
    assert_eq!(host.log().message, "begun");
    host.send(&ToWorker::Cancel { id: 1 });
    assert_eq!(text(&host.ask(get(2, "/"))), "next");
    assert_eq!(host.logs[0].message, "AbortError");
    assert_eq!(host.logs[0].id, None, "the host has forgotten the id");
}

/// The loop reads what has come while code was running before it begins with what it has read earlier.
#[test]
fn what_is_cancelled_while_code_runs_is_never_begun() {
    let mut host = Host::serving(
        "const begun = []; export default (r) => {
            begun.push(new URL(r.url).pathname);
            if (r.url.endsWith('/spin')) { console.log('spins'); for (const end = Date.now() + 200; Date.now() < end;); }
            return new Response(begun.join()) }",
    );
    for (id, path) in [(1, "/spin"), (2, "/gone"), (3, "/stays"), (4, "/gone")] {
        host.invoke(get(id, path));
    }
    assert_eq!(host.log().message, "spins");
    [2, 4].into_iter().for_each(|id| host.send(&ToWorker::Cancel { id }));
    assert_eq!(text(&host.response()), "/spin");
    assert_eq!(text(&host.response()), "/spin,/stays");
    assert_eq!(text(&host.ask(get(5, "/"))), "/spin,/stays,/");
}

#[test]
fn a_request_whose_signal_nobody_asked_for_knows_later_that_it_was_cancelled() {
    let mut host = Host::serving(
        "let first; export default (r) => {
            if (!first) { first = r; console.log('begun'); return new Promise(() => {}) }
            return new Response(String(first.signal.aborted)) }",
    );
    host.invoke(get(1, "/"));
    assert_eq!(host.log().message, "begun");
    host.send(&ToWorker::Cancel { id: 1 });
    assert_eq!(text(&host.ask(get(2, "/"))), "true");
}

#[test]
fn a_promise_given_to_wait_until_goes_on_after_the_answer() {
    let mut host = Host::serving(
        "let done = 'no'; export default (r, e, ctx) => {
            ctx.waitUntil(new Promise((ok) => setTimeout(() => { done = 'yes'; ok() }, 30)));
            return new Response(done) }",
    );
    assert_eq!(text(&host.ask(get(1, "/"))), "no");
    std::thread::sleep(std::time::Duration::from_millis(80));
    assert_eq!(text(&host.ask(get(2, "/"))), "yes");
}

#[test]
fn the_host_knows_what_goes_on_after_the_answer_and_whose_log_lines_come_then() {
    let mut host = Host::serving(
        "export default (r, e, ctx) => {
            ctx.waitUntil(new Promise((ok) => setTimeout(ok, 30)).then(() => console.log('late')));
            ctx.waitUntil(Promise.resolve());
            return new Response('x') }",
    );
    host.invoke(get(1, "/"));
    assert_eq!(host.receive(), Some(FromWorker::Pending { id: 1 }));
    assert!(matches!(host.receive(), Some(FromWorker::Response(_))));
    let late = host.log();
    assert_eq!((late.id, late.message.as_str()), (Some(1), "late"));
    assert_eq!(host.receive(), Some(FromWorker::Done { id: 1 }));
}

#[test]
fn what_goes_on_after_the_answer_is_over_with_the_deadline() {
    let mut host = Host::serving(
        "export default (r, e, ctx) => { ctx.waitUntil(new Promise(() => {})); return new Response('x') }",
    );
    host.invoke(Invoke { timeout_ms: 50, ..get(1, "/") });
    assert_eq!(host.receive(), Some(FromWorker::Pending { id: 1 }));
    assert!(matches!(host.receive(), Some(FromWorker::Response(_))));
    assert_eq!(host.receive(), Some(FromWorker::Done { id: 1 }));
}

#[test]
fn a_rejected_wait_until_is_logged() {
    let mut host = Host::serving(
        "export default (r, e, ctx) => { ctx.waitUntil(Promise.reject(new Error('lost'))); return new Response('x') }",
    );
    host.ask(get(1, "/"));
    assert!(host.log().message.contains("Error: lost"));
}
