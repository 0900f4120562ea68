//! Bad input and bad functions: a clear answer, and nothing lost.

use std::time::{Duration, Instant};

use bunbase_tests::{Answer, Project, Suite, wait};
use nix::sys::signal::{Signal, kill};

fn problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), ["application/problem+json"]);
    let json = answer.json();
    assert_eq!(json["code"], code);
    assert_eq!(json["status"], status);
    assert_eq!(json["request_id"], answer.header("x-request-id")[0]);
}

#[test]
fn an_unknown_function_is_404() {
    let suite = Suite::start();
    problem(&suite.get("/functions/nope"), 404, "no_such_function");
    problem(&suite.get("/functions/NOT-A-NAME"), 404, "no_such_function");
    problem(&suite.get("/functions/../etc"), 404, "no_such_function");
}

#[test]
fn a_module_that_does_not_parse_is_refused_with_file_line_and_column() {
    let suite = Suite::start();
    let project = Project::new("broken", "const a = 1;\nexport default { fetch( };\n");
    let output = suite.bunbase(&["deploy", project.path().to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("index.ts:2:"), "{said}");
    assert!(said.contains("export default { fetch( };"), "{said}");
    problem(&suite.get("/functions/broken"), 404, "no_such_function");
}

#[test]
fn a_handler_that_throws_is_500_with_the_stack_in_the_log_and_not_in_the_answer() {
    let suite = Suite::start();
    let index = "function inner() { throw new Error('secret detail') }
        export default { async fetch() { await null; inner() } }";
    suite.deploy(&Project::new("throws", index));
    let answer = suite.get("/functions/throws");
    problem(&answer, 500, "uncaught_exception");
    assert!(!answer.text().contains("secret detail"));
    assert!(!answer.text().contains("inner"));
    let request_id = answer.header("x-request-id")[0].to_owned();
    wait::until_true("the stack in the log", || {
        let log = suite.log();
        log.contains("secret detail") && log.contains("inner") && log.contains(&request_id)
    });
    assert_eq!(suite.get("/functions/throws").status, 500);
}

/// An endless loop, which only the engine's interrupt ends.
#[test]
fn a_handler_that_loops_for_ever_is_504_at_the_timeout_and_its_worker_is_replaced() {
    let suite = Suite::start();
    let body = "if (request.url.endsWith('loop')) for (;;) {} return new Response('ok')";
    suite.deploy(&Project::handler("loop", body).toml("[limits]\ntimeout = \"300ms\""));
    assert_eq!(suite.get("/functions/loop").text(), "ok");
    let before = suite.workers();
    let begun = Instant::now();
    let answer = suite.get("/functions/loop/loop");
    let took = begun.elapsed();
    problem(&answer, 504, "timeout");
    assert_eq!(
        answer.json()["limit"],
        serde_json::json!({"name": "limits.timeout", "value": "300ms"})
    );
    assert!((Duration::from_millis(290)..Duration::from_millis(1_500)).contains(&took), "{took:?}");
    assert_eq!(suite.get("/functions/loop").text(), "ok");
    wait::until_true("another worker", || {
        let now = suite.workers();
        !now.is_empty() && now.iter().all(|worker| !before.contains(worker))
    });
}

/// A call into the engine that its interrupt can't end: the lease holder has the worker killed.
#[test]
fn a_handler_that_cannot_be_interrupted_is_504_and_its_worker_is_killed() {
    let suite = Suite::start();
    let body = "if (!request.url.endsWith('stuck')) return new Response('ok');
        const hay = 'a'.repeat(4e6), needle = 'a'.repeat(2e6) + 'b';
        return new Response(String(hay.indexOf(needle)))";
    suite.deploy(&Project::handler("stuck", body).toml("[limits]\ntimeout = \"300ms\""));
    let begun = Instant::now();
    problem(&suite.get("/functions/stuck/stuck"), 504, "timeout");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    wait::until_true("its end by SIGKILL", || suite.log().contains("SIGKILL"));
    assert_eq!(suite.get("/functions/stuck").text(), "ok");
}

#[test]
fn a_handler_that_never_settles_is_504_and_its_neighbours_are_answered() {
    let suite = Suite::start();
    let body =
        "if (request.url.endsWith('never')) await new Promise(() => {}); return new Response('ok')";
    suite.deploy(&Project::handler("never", body).toml("[limits]\ntimeout = \"300ms\""));
    std::thread::scope(|scope| {
        let never = scope.spawn(|| suite.get("/functions/never/never"));
        for _ in 0..20 {
            assert_eq!(suite.get("/functions/never").text(), "ok");
            std::thread::sleep(Duration::from_millis(10));
        }
        problem(&never.join().unwrap(), 504, "timeout");
    });
    assert_eq!(suite.get("/functions/never").text(), "ok");
}

#[test]
fn a_worker_that_dies_in_mid_request_is_502_with_the_reason_and_the_next_is_answered() {
    let suite = Suite::start();
    let body = "if (request.url.endsWith('wait')) await new Promise(r => setTimeout(r, 10000)); return new Response('ok')";
    suite.deploy(&Project::handler("dies", body));
    assert_eq!(suite.get("/functions/dies").text(), "ok");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| suite.get("/functions/dies/wait"));
        std::thread::sleep(Duration::from_millis(200));
        for worker in suite.workers() {
            kill(worker, Signal::SIGKILL).unwrap();
        }
        problem(&waiting.join().unwrap(), 502, "worker_died");
    });
    assert_eq!(suite.get("/functions/dies").text(), "ok");
}

#[test]
fn a_handler_that_returns_no_response_is_502() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("odd", "return 'just a string'"));
    problem(&suite.get("/functions/odd"), 502, "bad_response");
}

#[test]
fn a_function_that_takes_too_much_memory_is_502_and_names_it() {
    let suite = Suite::start();
    let body = "if (!request.url.endsWith('eat')) return new Response('ok');
        const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))";
    suite.deploy(&Project::handler("eater", body).toml("[limits]\nmemory = \"16MB\""));
    problem(&suite.get("/functions/eater/eat"), 502, "out_of_memory");
    assert_eq!(suite.get("/functions/eater").text(), "ok");
}

#[test]
fn a_full_queue_is_503_with_retry_after() {
    let suite = Suite::start();
    let body = "await new Promise(done => setTimeout(done, 1000)); return new Response('ok')";
    let toml = "[scale]\nconcurrency = 1\nmax = 1\nqueue = 1";
    suite.deploy(&Project::handler("narrow", body).toml(toml));
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..6)
            .map(|_| {
                // One after the other, so that the first has told the gateway how long the queue may be.
                std::thread::sleep(Duration::from_millis(100));
                scope.spawn(|| suite.get("/functions/narrow"))
            })
            .collect();
        asked.into_iter().map(|request| request.join().unwrap()).collect()
    });
    let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert_eq!(refused.len(), 4, "{answers:?}");
    for answer in refused {
        problem(answer, 503, "queue_full");
        assert_eq!(answer.json()["limit"]["value"], "1");
        let after: u64 = answer.header("retry-after")[0].parse().unwrap();
        assert!((1..=3).contains(&after));
    }
}

#[test]
fn whatever_this_release_cannot_do_is_refused_and_not_ignored() {
    let suite = Suite::start();
    let project =
        Project::handler("later", "return new Response('')").toml("[http]\nauth = \"key\"");
    let output = suite.bunbase(&["deploy", project.path().to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("http.auth = \"key\""), "{said}");
}

/// Those that the stopped worker had not begun with are answered by another; nobody sees a worker that died.
#[test]
fn a_loop_costs_no_other_request_its_answer() {
    let suite = Suite::start();
    let body = "if (request.url.endsWith('loop')) for (;;) {} return new Response('ok')";
    suite.deploy(
        &Project::handler("mixed", body).toml("[limits]\ntimeout = \"200ms\"\n[scale]\nmax = 2"),
    );
    assert_eq!(suite.get("/functions/mixed").text(), "ok");
    std::thread::scope(|scope| {
        let loops = scope.spawn(|| {
            (0..5).map(|_| suite.get("/functions/mixed/loop").status).collect::<Vec<_>>()
        });
        let others: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| (0..50).map(|_| suite.get("/functions/mixed")).collect::<Vec<_>>())
            })
            .collect();
        for answer in others.into_iter().flat_map(|other| other.join().unwrap()) {
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        assert_eq!(loops.join().unwrap(), [504; 5]);
    });
}

#[test]
fn a_function_that_floods_its_log_is_cut_and_its_neighbour_is_answered() {
    let suite = Suite::start();
    let toml = "[limits]\ntimeout = \"2s\"";
    suite
        .deploy(&Project::handler("flood", "for (;;) console.log('flood flood flood')").toml(toml));
    suite.deploy(&Project::handler("quiet", "return new Response('ok')"));
    assert_eq!(suite.get("/functions/quiet").text(), "ok");
    std::thread::scope(|scope| {
        let flood = scope.spawn(|| suite.get("/functions/flood").status);
        let mut slowest = Duration::ZERO;
        for _ in 0..50 {
            let begun = Instant::now();
            assert_eq!(suite.get("/functions/quiet").text(), "ok");
            slowest = slowest.max(begun.elapsed());
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(slowest < Duration::from_millis(500), "{slowest:?}");
        assert_eq!(flood.join().unwrap(), 504);
    });
    let log = suite.log();
    assert!(log.matches("flood flood").count() < 3_000, "{}", log.len());
    assert!(log.contains("lines were dropped"));
}

#[test]
fn what_a_function_logs_can_not_look_like_a_line_of_ours() {
    let suite = Suite::start();
    suite.deploy(&Project::handler(
        "forger",
        "console.log('a\\n2026-01-01T00:00:00Z  INFO forged\\r'); return new Response('')",
    ));
    assert_eq!(suite.get("/functions/forger").status, 200);
    wait::until_true("the line", || {
        suite.log().contains("\n    2026-01-01T00:00:00Z  INFO forged\\r")
    });
}
