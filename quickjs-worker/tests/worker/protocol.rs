//! The stream: started by hand, ended in every way.

use std::io::Write;
use std::net::Shutdown;
use std::process::Command;
use std::time::{Duration, Instant};

use bunbase_wire::worker::{FailureCode, FromWorker, ToWorker};

use crate::host::{Host, WORKER, get, load, text};

const SLOW: &str = "export default async () => {
    await new Promise((ok) => setTimeout(ok, 100)); return new Response('late') }";

/// A worker with this on its stdin, in a shell.
fn by_hand(lines: &str) -> (String, Option<i32>) {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("bundle.js"), SLOW).expect("a file");
    let script = format!("printf '%s\\n' {lines} | timeout 20 {WORKER} 3<bundle.js");
    let output = Command::new("sh").arg("-c").arg(script).current_dir(directory.path()).output();
    let output = output.expect("a shell");
    (String::from_utf8(output.stdout).expect("text"), output.status.code())
}

const LOAD: &str =
    r#"'{"type":"load","protocol":1,"function":"f","version":"v","memory":67108864}'"#;

#[test]
fn a_worker_runs_by_hand_and_answers_after_the_end_of_its_input() {
    let invoke = r#"'{"type":"invoke","id":1,"request_id":"r","method":"GET","url":"http://x/","headers":[],"timeout_ms":5000}'"#;
    let (output, code) = by_hand(&format!("{LOAD} {invoke}"));
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines[0], r#"{"type":"ready","protocol":1,"raw":true}"#);
    let headers = r#"[["content-type","text/plain;charset=UTF-8"]]"#;
    let head = format!(
        r#"{{"type":"response","id":1,"status":200,"headers":{headers},"used":{{"cpu_us":"#
    );
    assert_eq!(lines.len(), 2, "{output}");
    assert!(
        lines[1].starts_with(&head) && lines[1].ends_with(r#","body":"bGF0ZQ=="}"#),
        "{output}"
    );
    assert_eq!(code, Some(0));
}

#[test]
fn a_worker_by_hand_exits_at_once_when_nothing_is_pending() {
    let started = Instant::now();
    assert_eq!(by_hand(LOAD).1, Some(0));
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_line_that_is_no_message_ends_the_worker() {
    let mut host = Host::serving(SLOW);
    host.stream.write_all(b"hello?\n").expect("the worker reads");
    let failure = host.failure();
    assert_eq!((failure.id, failure.code), (None, FailureCode::Protocol));
    assert_eq!(host.exit_code(), Some(1));
}

#[test]
fn messages_out_of_order_end_the_worker() {
    let mut host = Host::start(crate::host::bundle(SLOW));
    host.invoke(get(1, "/"));
    assert_eq!(host.failure().message, "invoke before load");
    assert_eq!(host.exit_code(), Some(1));

    let mut host = Host::serving(SLOW);
    host.send(&load(1 << 26));
    assert_eq!(host.failure().message, "a second load");
    assert_eq!(host.exit_code(), Some(1));
}

#[test]
fn an_id_in_use_ends_the_worker() {
    let mut host = Host::serving(SLOW);
    host.invoke(get(1, "/"));
    host.invoke(get(1, "/"));
    assert_eq!(host.failure().code, FailureCode::Timeout, "the one in flight is answered");
    assert_eq!(host.failure().code, FailureCode::Protocol);
    assert_eq!(host.exit_code(), Some(1));
}

#[test]
fn an_input_that_ends_within_a_line_ends_the_worker() {
    let mut host = Host::serving(SLOW);
    host.stream.write_all(b"{\"type\":").expect("the worker reads");
    host.stream.shutdown(Shutdown::Write).expect("a stream");
    assert_eq!(host.failure().message, "the stream ended within a message");
    assert_eq!(host.exit_code(), Some(1));
}

#[test]
fn after_the_end_of_its_input_a_worker_finishes_what_is_in_flight() {
    let mut host = Host::serving(SLOW);
    host.invoke(get(1, "/"));
    host.stream.shutdown(Shutdown::Write).expect("a stream");
    assert_eq!(text(&host.response()), "late");
    assert_eq!(host.exit_code(), Some(0));
}

#[test]
fn a_worker_whose_host_has_gone_exits_quietly() {
    let mut host = Host::serving("export default () => new Promise(() => {})");
    host.invoke(get(1, "/"));
    host.stream.shutdown(Shutdown::Both).expect("a stream");
    assert_eq!(host.exit_code(), Some(0));
}

#[test]
fn shutdown_lets_what_is_in_flight_finish() {
    let mut host = Host::serving(SLOW);
    host.invoke(get(1, "/"));
    host.send(&ToWorker::Shutdown {});
    assert_eq!(text(&host.response()), "late");
    assert_eq!(host.receive(), None);
    assert_eq!(host.exit_code(), Some(0));
}

#[test]
fn shutdown_awaits_what_was_given_to_wait_until() {
    let mut host = Host::serving(
        "export default (r, e, ctx) => {
            ctx.waitUntil(new Promise((ok) => setTimeout(ok, 50)).then(() => console.log('done')));
            return new Response('first') }",
    );
    assert_eq!(text(&host.ask(get(1, "/"))), "first");
    host.send(&ToWorker::Shutdown {});
    let log = host.log();
    assert_eq!((log.message.as_str(), log.id), ("done", Some(1)));
    assert_eq!(host.exit_code(), Some(0));
}

#[test]
fn without_traffic_a_worker_sleeps() {
    let mut host = Host::serving(SLOW);
    host.ask(get(1, "/"));
    let before = context_switches(&host);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(context_switches(&host), before);
}

fn context_switches(host: &Host) -> u64 {
    // The answer is read before the worker has gone back to sleep.
    std::thread::sleep(Duration::from_millis(20));
    let status = std::fs::read_to_string(format!("/proc/{}/status", host.child.id()));
    let status = status.expect("a living process");
    let switches = status.lines().filter_map(|line| line.split_once("voluntary_ctxt_switches:\t"));
    switches.filter_map(|(_, count)| count.parse::<u64>().ok()).sum()
}

#[test]
fn ready_comes_first_even_if_the_module_logs() {
    let mut host = Host::loading("console.log('early'); export default () => {}");
    assert_eq!(host.log().message, "early");
    assert!(matches!(host.next(), FromWorker::Ready(ready) if ready.raw && ready.protocol == 1));
}
