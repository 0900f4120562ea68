//! CPU time: counted for each invocation, and an end for who uses too much.

use std::thread::sleep;
use std::time::{Duration, Instant};

use bunbase_jail::EXHAUSTED;
use bunbase_wire::worker::{Failure, FailureCode, FromWorker, Load, ToWorker, Used};

use crate::host::{Host, bundle, get, load, text};

/// Milliseconds that an invocation has.
const LIMIT: u64 = 100;

/// Beyond it, on a machine that does other things.
const SLACK: Duration = Duration::from_millis(1500);

fn limited(source: &str) -> Host {
    let mut host = Host::start(bundle(source));
    let ToWorker::Load(told) = load(64 << 20) else { panic!("no load") };
    host.send(&ToWorker::Load(Load { cpu_time_ms: LIMIT, ..told }));
    assert!(matches!(host.next(), FromWorker::Ready(_)));
    host
}

fn burning(milliseconds: u64) -> String {
    format!("const end = Date.now() + {milliseconds}; while (Date.now() < end);")
}

fn ended(source: &str) -> (Failure, Duration) {
    let mut host = limited(source);
    let started = Instant::now();
    let failure = host.fail(get(7, "/"));
    (failure, started.elapsed())
}

#[test]
fn a_loop_ends_when_its_cpu_time_is_used_up_and_says_so() {
    for body in ["for (;;);", "for (;;) await 1;", "for (;;) try { for (;;); } catch {}"] {
        let (failure, took) = ended(&format!("export default async () => {{ {body} }}"));
        assert_eq!((failure.id, failure.code), (Some(7), FailureCode::CpuTime), "{body}");
        assert_eq!(failure.message, "out of CPU time: the limit is 100 ms");
        let used = failure.used.expect("what it has cost");
        assert!((LIMIT * 1_000..LIMIT * 1_000 + 50_000).contains(&used.cpu_us), "{used:?}");
        assert!(took < Duration::from_millis(LIMIT) + SLACK, "{took:?}");
    }
}

#[test]
fn native_code_that_nothing_interrupts_ends_with_its_worker() {
    let source =
        "export default () => new Response('a'.repeat(2e6).indexOf('a'.repeat(1e6) + 'b'))";
    let (failure, took) = ended(source);
    assert_eq!((failure.id, failure.code), (Some(7), FailureCode::CpuTime));
    assert!(took < Duration::from_millis(LIMIT) + SLACK, "{took:?}");
}

#[test]
fn waiting_costs_nothing() {
    let mut host = limited(
        "export default async () => { await new Promise((done) => setTimeout(done, 300)); return new Response('late') }",
    );
    let answer = host.ask(get(1, "/"));
    assert_eq!(text(&answer), "late");
    assert!(answer.used.expect("what it has cost").cpu_us < 20_000);
}

#[test]
fn each_invocation_has_its_own_time_however_many_there_were_before() {
    let source = format!("export default () => {{ {} return new Response('x') }}", burning(60));
    let mut host = limited(&source);
    for id in 1..=4 {
        let Used { cpu_us, .. } = host.ask(get(id, "/")).used.expect("what it has cost");
        // On a machine that does other things, less of the 60 ms than all.
        assert!((1_000..90_000).contains(&cpu_us), "{cpu_us} µs");
    }
}

#[test]
fn time_is_counted_over_all_that_an_invocation_sets_off() {
    let step = burning(40);
    let (failure, _) = ended(&format!(
        "export default async () => {{ for (;;) {{ {{ {step} }} await new Promise((done) => setTimeout(done, 1)); }} }}"
    ));
    assert_eq!(failure.code, FailureCode::CpuTime);
}

#[test]
fn a_module_that_computes_for_too_long_is_not_loaded() {
    let mut host = Host::start(bundle("for (;;); export default () => new Response()"));
    let ToWorker::Load(told) = load(64 << 20) else { panic!("no load") };
    host.send(&ToWorker::Load(Load { cpu_time_ms: LIMIT, ..told }));
    let failure = host.failure();
    assert_eq!((failure.id, failure.code), (None, FailureCode::CpuTime));
    assert!(failure.message.starts_with("out of CPU time"), "{}", failure.message);
}

#[test]
fn without_a_limit_there_is_none() {
    let source = format!("export default () => {{ {} return new Response('x') }}", burning(300));
    assert_eq!(text(&Host::serving(&source).ask(get(1, "/"))), "x");
}

/// The timer counts CPU time: a worker that sleeps is not woken by it.
#[test]
fn an_idle_worker_is_not_woken() {
    let mut host = limited("export default () => new Response('x')");
    host.ask(get(1, "/"));
    let switches = |host: &Host| {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", host.pid())).expect("alive");
        let line =
            status.lines().find(|line| line.starts_with("voluntary_ctxt")).map(str::to_owned);
        line.expect("a count")
    };
    sleep(Duration::from_millis(20));
    let before = switches(&host);
    sleep(Duration::from_millis(300));
    assert_eq!(switches(&host), before);
}

#[test]
fn the_peak_of_memory_is_that_of_the_invocation() {
    let mut host = limited(
        "export default (r) => new Response(String(r.url.endsWith('/big') ? new Uint8Array(8e6).length : 1))",
    );
    let peak = |host: &mut Host, id, path| host.ask(get(id, path)).used.expect("a cost").memory;
    let (small, big) = (peak(&mut host, 1, "/"), peak(&mut host, 2, "/big"));
    assert!(big > 8_000_000 && small < 6_000_000, "{small} and {big} bytes");
    assert!(peak(&mut host, 3, "/") < big);
}

/// Nobody waits for it, and its worker is nobody else's: it would go on for ever.
#[test]
fn what_goes_on_behind_all_answers_has_as_much_time_as_an_invocation_and_no_more() {
    let step = burning(10);
    let mut host = limited(&format!(
        "export default () => {{ (function again() {{ {step} setTimeout(again, 0); }})(); return new Response('x') }}"
    ));
    let started = Instant::now();
    assert_eq!(text(&host.ask(get(1, "/"))), "x");
    let failure = host.failure();
    assert_eq!((failure.id, failure.code), (None, FailureCode::CpuTime));
    assert_eq!(failure.message, "out of CPU time: the limit is 100 ms");
    assert!(started.elapsed() < Duration::from_millis(2 * LIMIT) + SLACK);
    assert_eq!(host.exit_code(), Some(EXHAUSTED));
}

#[test]
fn what_goes_on_behind_an_answer_has_its_time_anew_with_each_invocation() {
    let step = burning(60);
    let mut host = limited(&format!(
        "export default () => {{ setTimeout(() => {{ {step} }}, 1); return new Response('x') }}"
    ));
    for id in 1..=4 {
        assert_eq!(text(&host.ask(get(id, "/"))), "x");
        sleep(Duration::from_millis(80));
    }
}
