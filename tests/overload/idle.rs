//! What nobody uses costs nothing: no wake-up, no process.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use bunbase_tests::{Suite, wait};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Every system call that these processes make in this time, one a line.
fn system_calls(pids: &[Pid], lasting: Duration) -> Vec<String> {
    let output = tempfile::NamedTempFile::new().unwrap();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o"]).arg(output.path());
    pids.iter().for_each(|pid| {
        strace.args(["-p", &pid.to_string()]);
    });
    let mut strace = strace.stderr(Stdio::null()).spawn().expect("strace; make tools installs it");
    std::thread::sleep(lasting);
    kill(Pid::from_raw(strace.id().cast_signed()), Signal::SIGINT).unwrap();
    strace.wait().unwrap();
    let text = fs::read_to_string(output.path()).unwrap();
    // The call that a process sleeps in is said when strace comes, and left when it goes.
    let sleeps = |line: &&str| line.contains("<detached ...>") || line.contains("<unfinished ...>");
    assert!(text.lines().filter(sleeps).count() >= pids.len(), "not all are traced: {text}");
    text.lines().filter(|line| !sleeps(line)).map(str::to_owned).collect()
}

/// A suite with a zygote, a function that keeps its worker, and one whose worker has gone.
fn quiet_suite() -> (Suite, Vec<Pid>) {
    let suite = Suite::start();
    suite.deploy_handler("kept", "[scale]\nidle = \"600s\"", "return new Response('ok')");
    suite.deploy_handler("gone", "[scale]\nidle = \"100ms\"", "return new Response('ok')");
    for name in ["kept", "gone"] {
        assert_eq!(suite.get(&format!("/functions/{name}")).text(), "ok");
    }
    wait::until_true("the end of the worker that nobody uses", || suite.workers().len() == 1);
    let mut pids: Vec<Pid> =
        ["gateway", "ipcd", "schedulerd"].iter().map(|name| suite.pid(name).unwrap()).collect();
    pids.extend(suite.zygote());
    pids.extend(suite.workers());
    assert_eq!(pids.len(), 5);
    (suite, pids)
}

#[test]
fn with_no_traffic_no_process_makes_a_system_call_for_ten_seconds() {
    let (suite, pids) = quiet_suite();
    // Helper threads that wait for more work give up after 10 s, keep-alive connections earlier.
    std::thread::sleep(Duration::from_secs(11));
    let calls = system_calls(&pids, Duration::from_secs(10));
    assert!(calls.is_empty(), "{pids:?}\n{}", calls.join("\n"));
    assert_eq!(suite.get("/functions/kept").text(), "ok");
}

/// The twin: what is looked at is seen.
#[test]
fn a_request_is_seen_by_what_looks_for_system_calls() {
    let (suite, pids) = quiet_suite();
    let calls = std::thread::scope(|scope| {
        let calls = scope.spawn(|| system_calls(&pids, Duration::from_secs(1)));
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(suite.get("/functions/kept").text(), "ok");
        calls.join().unwrap()
    });
    assert!(calls.len() > 5, "{calls:?}");
}

#[test]
fn a_function_that_nobody_asks_for_holds_no_process_and_an_idle_worker_retires_in_time() {
    let suite = Suite::with_config(&[("gateway.toml", "quiet = \"100ms\"")]);
    suite.deploy_handler("app", "[scale]\nidle = \"1s\"", "return new Response('ok')");
    assert_eq!(suite.workers().len(), 1, "a deploy has seen it load");
    wait::until_true("its end", || suite.workers().is_empty());
    assert_eq!(suite.get("/functions/app").text(), "ok");
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(suite.workers().len(), 1, "idle is not over");
    std::thread::sleep(Duration::from_millis(1000));
    assert_eq!(suite.workers().len(), 0);
    let of_schedulerd = suite.pid("schedulerd").unwrap();
    let children =
        fs::read_to_string(format!("/proc/{of_schedulerd}/task/{of_schedulerd}/children")).unwrap();
    let zygote = suite.zygote().map(|pid| format!("{pid} ")).unwrap_or_default();
    assert_eq!(children, zygote, "only what workers are forked from");
}
