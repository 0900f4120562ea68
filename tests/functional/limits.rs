//! Going over a limit ends the invocation, in time, and everybody hears which limit it was: the client, the log, the counters.

use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bunbase_tests::{Answer, Project, Suite, binary, wait};
use nix::sys::signal::{Signal, kill};
use serde_json::json;

/// What a limit may be overrun by until the answer is there.
const SLACK: Duration = Duration::from_millis(50);

/// On a machine that does other things the best of a few counts.
const TRIES: usize = 6;

fn verbose() -> Suite {
    let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap().keep();
    let mut up = Command::new(binary("bunbase"));
    up.args(["up", "--http", "127.0.0.1:0", "--state"]).arg(&folder);
    up.env("BUNBASE_LOG", "debug");
    Suite::from_command(&folder, up)
}

fn is_ended_by(answer: &Answer, status: u16, code: &str, limit: (&str, &str)) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let problem = answer.json();
    assert_eq!(problem["code"], code);
    assert_eq!(problem["limit"], json!({ "name": limit.0, "value": limit.1 }));
    assert_eq!(problem["request_id"], answer.header("x-request-id")[0]);
}

/// The shortest time of a few in which an answer came that `check` looks at.
fn best(suite: &Suite, path: &str, check: impl Fn(&Answer)) -> Duration {
    let times = (0..TRIES).map(|_| {
        let begun = Instant::now();
        let answer = suite.get(path);
        let took = begun.elapsed();
        check(&answer);
        took
    });
    times.min().unwrap()
}

fn kills(suite: &Suite, reason: &str) -> u64 {
    let metrics = suite.get("/metrics");
    let line = format!("bunbase_kills_total{{reason=\"{reason}\"}} ");
    let found = metrics.text().lines().find_map(|l| l.strip_prefix(&line)).map(str::parse);
    found.unwrap_or_else(|| panic!("no {line} in {}", metrics.text())).unwrap()
}

/// The line of the log about the end of an invocation.
fn last_line(suite: &Suite, request_id: &str) -> String {
    wait::until("the invocation's line", || {
        let is_it =
            |line: &&str| line.contains(request_id) && line.contains("event=\"invocation\"");
        suite.log().lines().find(is_it).map(str::to_owned)
    })
}

fn number_behind(line: &str, field: &str) -> u64 {
    let after =
        line.split_once(&format!("{field}=")).unwrap_or_else(|| panic!("no {field}: {line}"));
    after.1.split_whitespace().next().unwrap().parse().unwrap()
}

fn burner() -> Project {
    let body = "if (request.url.endsWith('/ok')) return new Response('ok');
        if (request.url.endsWith('/native')) return new Response('a'.repeat(4e6).indexOf('a'.repeat(2e6) + 'b'));
        for (;;);";
    Project::handler("burner", body).toml("[limits]\ncpu_time = \"100ms\"\ntimeout = \"10s\"")
}

#[test]
fn cpu_time_ends_an_invocation_in_time_and_is_named_everywhere() {
    let suite = verbose();
    suite.deploy(&burner());
    let named = |answer: &Answer| {
        is_ended_by(answer, 504, "cpu_time", ("limits.cpu_time", "100ms"));
    };
    let took = best(&suite, "/functions/burner", named);
    assert!(took < Duration::from_millis(100) + SLACK, "{took:?}");
    let answer = suite.get("/functions/burner");
    let line = last_line(&suite, answer.header("x-request-id")[0]);
    assert!(line.contains("limits.cpu_time"), "{line}");
    assert!((100_000..150_000).contains(&number_behind(&line, "cpu_us")), "{line}");
    wait::until_true("the count", || kills(&suite, "cpu_time") >= TRIES as u64);
    assert_eq!(suite.get("/functions/burner/ok").text(), "ok");
}

#[test]
fn cpu_time_ends_native_code_that_nothing_interrupts() {
    let suite = Suite::start();
    suite.deploy(&burner());
    let named = |answer: &Answer| {
        is_ended_by(answer, 504, "cpu_time", ("limits.cpu_time", "100ms"));
    };
    let took = best(&suite, "/functions/burner/native", named);
    // Making the strings takes some of it, before there is anything to interrupt.
    assert!(took < Duration::from_millis(130) + SLACK, "{took:?}");
    assert_eq!(suite.get("/functions/burner/ok").text(), "ok");
}

#[test]
fn wall_time_ends_an_invocation_in_time() {
    let suite = Suite::start();
    let body = "await new Promise(() => {})";
    suite.deploy(&Project::handler("waits", body).toml("[limits]\ntimeout = \"200ms\""));
    let named = |answer: &Answer| is_ended_by(answer, 504, "timeout", ("limits.timeout", "200ms"));
    let took = best(&suite, "/functions/waits", named);
    assert!(
        (Duration::from_millis(200)..Duration::from_millis(200) + SLACK).contains(&took),
        "{took:?}"
    );
}

#[test]
fn memory_ends_an_invocation_and_is_named_with_its_peak() {
    let suite = Suite::start();
    let body = "const all = []; for (;;) all.push(new Uint8Array(1e6))";
    suite.deploy(&Project::handler("eater", body).toml("[limits]\nmemory = \"32MB\""));
    let answer = suite.get("/functions/eater");
    is_ended_by(&answer, 502, "out_of_memory", ("limits.memory", "32MB"));
    let line = last_line(&suite, answer.header("x-request-id")[0]);
    assert!(line.contains("limits.memory"), "{line}");
    assert!((24 << 20..=32 << 20).contains(&number_behind(&line, "memory")), "{line}");
    wait::until_true("the count", || kills(&suite, "out_of_memory") == 1);
}

#[test]
fn an_answer_that_is_too_large_is_502_and_names_the_limit() {
    let suite = Suite::start();
    let body =
        "return new Response('x'.repeat(Number(new URL(request.url).searchParams.get('n'))))";
    suite.deploy(&Project::handler("large", body).toml("[limits]\noutput = \"64KB\""));
    assert_eq!(suite.get("/functions/large?n=65536").body.len(), 65_536);
    let answer = suite.get("/functions/large?n=65537");
    is_ended_by(&answer, 502, "output_too_large", ("limits.output", "64KB"));
    assert_eq!(kills(&suite, "output"), 1);
    assert_eq!(suite.get("/functions/large?n=1").text(), "x", "the worker goes on");
}

/// The head is with the client already: what is left is to end the body so that it does not look whole.
#[test]
fn a_stream_that_is_too_long_is_broken_off_and_its_function_told() {
    let suite = Suite::start();
    let body = "let made = 0;
        request.signal.addEventListener('abort', () => console.log('aborted after', made));
        return new Response(new ReadableStream({ pull(c) { made += 1; c.enqueue(new Uint8Array(1024)) } }))";
    suite.deploy(&Project::handler("endless", body).toml("[limits]\noutput = \"1MB\""));
    let url = format!("http://{}/functions/endless", suite.address());
    let curl = Command::new("curl")
        .args(["-sS", "-o", "/dev/null", "-w", "%{size_download}", &url])
        .output()
        .unwrap();
    let received: u64 = String::from_utf8_lossy(&curl.stdout).parse().unwrap();
    assert!(!curl.status.success(), "it looks whole");
    assert!((1 << 19..=1 << 20).contains(&received), "{received} bytes");
    assert_eq!(kills(&suite, "output"), 1);
    wait::until_true("the abort", || suite.log().contains("aborted after"));
}

#[test]
fn what_an_invocation_has_cost_is_in_the_log() {
    let suite = verbose();
    suite.deploy(&Project::handler("plain", "return new Response('x')"));
    let answer = suite.get("/functions/plain");
    let line = last_line(&suite, answer.header("x-request-id")[0]);
    assert!((1..100_000).contains(&number_behind(&line, "cpu_us")), "{line}");
    assert!((100_000..16 << 20).contains(&number_behind(&line, "memory")), "{line}");
}

fn greedy(body: &str) -> Project {
    Project::handler("greedy", body).toml("[limits]\nmemory = \"16MB\"\ncpu_time = \"2s\"")
}

/// Resident bytes of the only worker.
fn resident(suite: &Suite) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", suite.workers()[0])).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap().to_owned();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// Compressors live beside the engine's heap.
#[test]
fn memory_beside_the_engine_counts_and_is_named() {
    let suite = Suite::start();
    let body = "const n = Number(new URL(request.url).searchParams.get('n')); globalThis.kept ??= [];
        for (let i = 0; i < n; i++) {
            const one = new CompressionStream('gzip'); one.writable.getWriter().write(new Uint8Array(10)); kept.push(one);
        }
        return new Response('kept')";
    suite.deploy(&greedy(body));
    assert_eq!(suite.get("/functions/greedy?n=20").text(), "kept");
    let few = resident(&suite);
    let answer = suite.get("/functions/greedy?n=2000");
    is_ended_by(&answer, 502, "out_of_memory", ("limits.memory", "16MB"));
    wait::until_true("the count", || kills(&suite, "out_of_memory") == 1);
    assert!(few < 40 << 20, "{few} bytes for 20 of them");
    assert_eq!(suite.get("/functions/greedy?n=1").text(), "kept", "another worker goes on");
}

#[test]
fn large_bodies_have_their_buffers_beside_the_memory() {
    let suite = Suite::start();
    let body = "const bytes = await request.arrayBuffer();
        return new Response(request.method === 'POST' ? bytes : new Uint8Array(6 << 20))";
    suite.deploy(&greedy(body));
    assert_eq!(suite.get("/functions/greedy").body.len(), 6 << 20);
    assert_eq!(suite.post("/functions/greedy", &vec![7; 4 << 20]).body, vec![7; 4 << 20]);
}

#[test]
fn who_has_begun_in_a_worker_that_is_stopped_is_told_so_and_not_the_other_ones_limit() {
    let suite = Suite::start();
    let body = "if (request.url.endsWith('/wait')) await new Promise((done) => setTimeout(done, 2000));
        if (request.url.endsWith('/eat')) { const all = []; for (;;) all.push(new Uint8Array(1e6)); }
        if (request.url.endsWith('/loop')) for (;;);
        return new Response('ok')";
    let limits = "[scale]\nmax = 1\n[limits]\nmemory = \"16MB\"\ncpu_time = \"100ms\"";
    suite.deploy(&Project::handler("shared", body).toml(limits));
    for path in ["loop", "eat"] {
        assert_eq!(suite.get("/functions/shared").text(), "ok");
        let answer = std::thread::scope(|scope| {
            let waits = scope.spawn(|| suite.get("/functions/shared/wait"));
            std::thread::sleep(Duration::from_millis(100));
            assert_ne!(suite.get(&format!("/functions/shared/{path}")).status, 200);
            waits.join().unwrap()
        });
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (502, Some("neighbour_stopped"))
        );
    }
}

/// A module that loads when it is deployed, and after a moment no longer does.
fn later(name: &str, top: &str) -> (Project, SystemTime) {
    let then = SystemTime::now() + Duration::from_secs(1);
    let ms = then.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let module =
        format!("if (Date.now() > {ms}) {{ {top} }}\nexport default () => new Response('ok')\n");
    let limits = "[limits]\nmemory = \"16MB\"\ncpu_time = \"100ms\"";
    (Project::new(name, &module).toml(limits), then)
}

#[test]
fn a_module_that_goes_beyond_a_limit_is_told_which() {
    let suite = Suite::start();
    for (name, top, status, code, limit) in [
        ("loops", "for (;;);", 504, "cpu_time", ("limits.cpu_time", "100ms")),
        (
            "searches",
            "'a'.repeat(4e6).indexOf('a'.repeat(2e6) + 'b');",
            504,
            "cpu_time",
            ("limits.cpu_time", "100ms"),
        ),
        (
            "eats",
            "const all = []; for (;;) all.push(new Uint8Array(1e6));",
            502,
            "out_of_memory",
            ("limits.memory", "16MB"),
        ),
    ] {
        let (project, then) = later(name, top);
        suite.deploy(&project);
        std::thread::sleep(then.duration_since(SystemTime::now()).unwrap_or_default());
        for worker in suite.workers() {
            kill(worker, Signal::SIGKILL).unwrap();
        }
        wait::until_true("its end", || suite.workers().is_empty());
        is_ended_by(&suite.get(&format!("/functions/{name}")), status, code, limit);
    }
}

/// Its lines don't stand between its caller and the answer.
#[test]
fn a_function_that_floods_its_log_is_ended_in_time() {
    let suite = Suite::start();
    let body = "for (;;) console.log('x'.repeat(8000))";
    suite.deploy(&Project::handler("floods", body).toml("[limits]\ncpu_time = \"100ms\""));
    let mut times: Vec<Duration> = (0..TRIES)
        .map(|_| {
            let begun = Instant::now();
            let answer = suite.get("/functions/floods");
            let took = begun.elapsed();
            is_ended_by(&answer, 504, "cpu_time", ("limits.cpu_time", "100ms"));
            took
        })
        .collect();
    times.sort();
    assert!(times[TRIES / 2] < Duration::from_millis(250), "{times:?}");
    let before = suite.log().len();
    std::thread::sleep(Duration::from_secs(1));
    let _ = suite.get("/functions/floods");
    assert!(suite.log().len() - before < 1 << 20, "{} bytes", suite.log().len() - before);
}
