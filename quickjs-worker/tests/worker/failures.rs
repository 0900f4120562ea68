//! Handlers that throw, hang, run for ever, or eat up the memory.

use std::time::{Duration, Instant};

use bunbase_jail::EXHAUSTED;
use bunbase_wire::worker::{FailureCode, Invoke, Level};

use crate::host::{Host, get, text};

fn failure(source: &str) -> (FailureCode, String) {
    let mut host = Host::serving(source);
    let failure = host.fail(get(7, "/"));
    assert_eq!(failure.id, Some(7));
    (failure.code, failure.message)
}

fn within(milliseconds: u64, invoke: Invoke) -> Invoke {
    Invoke { timeout_ms: milliseconds, ..invoke }
}

#[test]
fn a_throw_is_an_uncaught_error_with_its_stack_and_the_worker_goes_on() {
    let mut host = Host::serving(
        "function deep() { throw new RangeError('broken', { cause: new Error('root') }) }
        export default (r) => r.url.endsWith('/ok') ? new Response('fine') : deep()",
    );
    let failure = host.fail(get(1, "/"));
    assert_eq!(
        (failure.code, failure.message.as_str()),
        (FailureCode::Uncaught, "RangeError: broken")
    );
    let stack = failure.stack.expect("a stack");
    assert!(
        stack.contains("at deep (hello.js:1:") && stack.contains("caused by: Error: root"),
        "{stack}"
    );
    assert_eq!(text(&host.ask(get(2, "/ok"))), "fine");
}

#[test]
fn a_rejection_is_an_uncaught_error() {
    let source = "export default async () => { await 1; null.x }";
    assert_eq!(failure(source).0, FailureCode::Uncaught);
}

#[test]
fn anything_can_be_thrown() {
    let thrown =
        |expression: &str| failure(&format!("export default () => {{ throw {expression} }}"));
    assert_eq!(thrown("'text'"), (FailureCode::Uncaught, "thrown: text".to_owned()));
    assert_eq!(thrown("undefined"), (FailureCode::Uncaught, "thrown: undefined".to_owned()));
    assert_eq!(thrown("{ a: 1 }"), (FailureCode::Uncaught, "thrown: { a: 1 }".to_owned()));
    let hostile = "Object.defineProperty(new Error('x'), 'message', { get() { throw 1 } })";
    assert_eq!(thrown(hostile).1, "an error that could not be described");
}

#[test]
fn what_is_no_response_is_a_bad_response() {
    let returned = |expression: &str| failure(&format!("export default async () => {expression}"));
    assert_eq!(returned("undefined").0, FailureCode::BadResponse);
    assert_eq!(returned("'text'").1, "the handler returned a string, not a Response");
    assert_eq!(
        returned("({ status: 200 })").1,
        "the handler returned an object ({ status: 200 }), not a Response"
    );
    assert_eq!(returned("Response.error()").0, FailureCode::BadResponse);
}

#[test]
fn a_response_whose_body_was_read_is_a_bad_response() {
    let source =
        "export default async () => { const r = new Response('x'); await r.text(); return r }";
    assert_eq!(failure(source).0, FailureCode::BadResponse);
}

#[test]
fn a_response_beyond_the_bound_of_the_protocol_is_a_bad_response() {
    let source = "export default () => new Response('x'.repeat((16 << 20) + 1))";
    assert_eq!(failure(source).0, FailureCode::BadResponse);
}

#[test]
fn a_header_with_a_line_break_throws_in_the_function() {
    let source = "export default () => { const h = new Headers();
        const tried = ['a\\r\\nb', 'a\\nb', 'a\\0b', 'ä€'].map((v) => { try { h.set('x', v); return 'set' } catch (e) { return e.name } });
        try { h.set('a b', 'x') } catch (e) { tried.push(e.name) }
        try { new Response('', { headers: { x: 'a\\r\\nb: c' } }) } catch (e) { tried.push(e.name) }
        return new Response(tried.join()) }";
    let mut host = Host::serving(source);
    assert_eq!(text(&host.ask(get(1, "/"))), ["TypeError"; 6].join(","));
}

#[test]
fn an_infinite_loop_is_interrupted_and_the_worker_exits() {
    for body in ["for (;;);", "for (;;) try { for (;;); } catch {} finally { for (;;); }"] {
        let mut host = Host::serving(&format!("export default () => {{ {body} }}"));
        let started = Instant::now();
        let failure = host.fail(within(200, get(1, "/")));
        assert_eq!((failure.id, failure.code), (Some(1), FailureCode::Timeout));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert_eq!(host.exit_code(), Some(EXHAUSTED));
    }
}

#[test]
fn an_infinite_loop_of_microtasks_is_interrupted() {
    let mut host = Host::serving("export default async () => { for (;;) await 1 }");
    assert_eq!(host.fail(within(200, get(1, "/"))).code, FailureCode::Timeout);
    assert_eq!(host.exit_code(), Some(EXHAUSTED));
}

#[test]
fn a_loop_of_microtasks_left_behind_delays_no_answer_and_is_interrupted() {
    let mut host = Host::serving(
        "export default () => { (async () => { for (;;) await 1 })(); return new Response('answered') }",
    );
    let started = Instant::now();
    assert_eq!(text(&host.ask(within(1500, get(1, "/")))), "answered");
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(host.exit_code(), Some(EXHAUSTED));
}

#[test]
fn the_others_in_flight_are_told_why_the_worker_stopped() {
    let mut host = Host::serving(
        "export default (r) => { if (r.url.endsWith('/wait')) return new Promise(() => {}); for (;;); }",
    );
    host.invoke(get(1, "/wait"));
    host.invoke(within(100, get(2, "/")));
    let (first, second) = (host.failure(), host.failure());
    assert_eq!((first.id, first.code), (Some(2), FailureCode::Timeout));
    assert_eq!((second.id, second.code), (Some(1), FailureCode::Timeout));
    assert!(second.message.contains("another invocation"), "{}", second.message);
    assert_eq!(host.exit_code(), Some(EXHAUSTED));
}

#[test]
fn a_handler_that_never_settles_times_out_and_the_next_is_answered() {
    let mut host = Host::serving(
        "let reason = 'none'; export default (r) => r.url.endsWith('/wait')
            ? new Promise(() => r.signal.onabort = () => { reason = r.signal.reason.name })
            : new Response(reason)",
    );
    assert_eq!(host.fail(within(50, get(1, "/wait"))).code, FailureCode::Timeout);
    assert_eq!(text(&host.ask(get(2, "/"))), "TimeoutError");
}

#[test]
fn a_deadline_passes_on_time_while_another_invocation_computes() {
    let mut host = Host::serving(
        "export default (r) => { if (r.url.endsWith('/wait')) return new Promise(() => {});
            const end = performance.now() + 400; while (performance.now() < end); return new Response('computed') }",
    );
    let started = Instant::now();
    host.invoke(within(50, get(1, "/wait")));
    host.invoke(get(2, "/"));
    assert_eq!(host.failure().id, Some(1));
    assert!(started.elapsed() < Duration::from_millis(300), "{:?}", started.elapsed());
    assert_eq!(text(&host.response()), "computed");
}

#[test]
fn log_lines_come_out_while_code_computes() {
    let mut host = Host::serving("export default () => { console.log('begun'); for (;;); }");
    let started = Instant::now();
    host.invoke(within(1000, get(1, "/")));
    assert_eq!(host.log().message, "begun");
    assert!(started.elapsed() < Duration::from_millis(700), "{:?}", started.elapsed());
}

#[test]
fn deep_recursion_is_a_range_error() {
    let (code, message) = failure("const f = () => f() + 1; export default () => f()");
    assert_eq!(code, FailureCode::Uncaught);
    assert!(message.starts_with("RangeError"), "{message}");
}

#[test]
fn the_memory_limit_is_an_error_and_the_worker_goes_on() {
    let eaters = [
        "const all = []; for (;;) all.push(new Uint8Array(1e6));",
        "const all = []; for (;;) all.push({ a: 1 });",
        "const all = []; for (;;) all.push('x'.repeat(1e6));",
        "const all = {}; for (let i = 0; ; i++) all['k' + i] = [i];",
        "const all = []; return (async () => { for (;;) { all.push({}); await 1 } })();",
        "return new Response(new Uint8Array(1e9));",
    ];
    for eater in eaters {
        let source = format!(
            "export default (r) => {{ if (r.url.endsWith('/ok')) return new Response('ok'); {eater} }}"
        );
        let mut host = Host::serving_within(&source, 24 << 20);
        assert_eq!(host.fail(get(1, "/")).code, FailureCode::OutOfMemory, "{eater}");
        assert_eq!(text(&host.ask(get(2, "/ok"))), "ok", "{eater}");
    }
}

#[test]
fn null_thrown_by_the_function_is_no_lack_of_memory() {
    assert_eq!(
        failure("export default () => { throw null }"),
        (FailureCode::Uncaught, "thrown: null".to_owned())
    );
}

#[test]
fn a_function_that_keeps_too_much_runs_out_of_memory_each_time_and_says_so() {
    let source = "const all = []; export default () => { for (;;) all.push({}) }";
    let mut host = Host::serving_within(source, 24 << 20);
    for id in 1..4 {
        let failure = host.fail(get(id, "/"));
        assert_eq!(failure.code, FailureCode::OutOfMemory);
        assert_eq!(failure.message, "out of memory: the limit is 25165824 bytes");
    }
}

#[test]
fn cycles_are_collected_before_the_limit_is_reached() {
    let source = "const kept = new Uint8Array(18 << 20); export default () => {
        for (let i = 0; i < 5000; i++) { const a = { data: [i, i, i, i] }; a.a = a } return new Response(String(kept.length)) }";
    let mut host = Host::serving_within(source, 24 << 20);
    (1..100).for_each(|id| assert_eq!(host.ask(get(id, "/")).status, 200));
}

#[test]
fn a_throw_in_a_timer_is_logged_and_the_other_timers_fire() {
    let mut host = Host::serving(
        "export default async () => { setTimeout(() => { throw new Error('ticked off') }, 1);
            await new Promise((ok) => setTimeout(ok, 20)); return new Response('x') }",
    );
    host.ask(get(1, "/"));
    let log = &host.logs[0];
    assert_eq!((log.level, log.id), (Level::Error, Some(1)));
    assert!(log.message.contains("Error: ticked off\n    at "), "{}", log.message);
}

#[test]
fn a_throw_in_a_microtask_is_logged() {
    let mut host = Host::serving(
        "export default async () => { queueMicrotask(() => { throw new Error('micro') }); await 1; return new Response('x') }",
    );
    host.ask(get(1, "/"));
    assert!(host.logs[0].message.contains("Error: micro"), "{}", host.logs[0].message);
}

#[test]
fn an_unhandled_rejection_is_logged_and_one_that_is_handled_later_is_not() {
    let mut host = Host::serving(
        "export default async () => { const late = Promise.reject(new Error('handled'));
            Promise.resolve().then(() => late.catch(() => {}));
            Promise.reject(new Error('unhandled')); await new Promise((ok) => setTimeout(ok, 5)); return new Response('x') }",
    );
    host.ask(get(1, "/"));
    assert_eq!(host.logs.len(), 1, "{:?}", host.logs);
    assert!(host.logs[0].message.contains("Error: unhandled"), "{}", host.logs[0].message);
}

/// What has filled the memory may still be there for the next one.
#[test]
fn memory_that_runs_out_behind_all_answers_ends_the_worker() {
    let source = "const kept = []; export default () => {
        setTimeout(() => { for (;;) kept.push(new Uint8Array(1e6)) }, 1); return new Response('x') }";
    let mut host = Host::serving_within(source, 16 << 20);
    assert_eq!(text(&host.ask(get(1, "/"))), "x");
    let failure = host.failure();
    assert_eq!((failure.id, failure.code), (None, FailureCode::OutOfMemory));
    assert_eq!(host.exit_code(), Some(EXHAUSTED));
}
