//! Attackers through the whole suite: it starts them as it starts its workers, and they attack what is really there.

use bunbase_attacker::{Targets, attempts};
use bunbase_tests::{Answer, Project, Suite, wait};
use nix::libc;

use super::canaries::Canaries;

/// A suite whose every worker is an attacker.
pub fn attacked() -> Suite {
    let program = bunbase_tests::binary("bunbase-attacker");
    let suite =
        Suite::with_config(&[("schedulerd.toml", &format!("quickjs_worker = {program:?}\n"))]);
    for name in ["attacker", "neighbour"] {
        suite.deploy(&Project::handler(name, "return new Response('never run')"));
    }
    assert_eq!(suite.get("/functions/attacker/hello").text(), "hello");
    suite
}

/// An attempt is over with an answer that says so, or with the worker.
fn is_stopped(answer: &Answer) -> bool {
    match answer.status {
        200 => answer.text().starts_with("stopped: "),
        502 => answer.json()["code"] == "worker_died",
        _ => false,
    }
}

#[test]
fn no_attempt_succeeds_in_a_worker_of_the_suite() {
    let (canaries, suite) = (Canaries::make(), attacked());
    let socket = |name: &str| suite.folder().join(name).to_str().unwrap().to_owned();
    let targets = Targets {
        ipc_socket: socket("ipc.sock"),
        lease_socket: socket("lease.sock"),
        registry_socket: socket("registry.sock"),
        telemetry_socket: socket("telemetry.sock"),
        ..canaries.targets().clone()
    };
    for path in [
        &targets.ipc_socket,
        &targets.lease_socket,
        &targets.registry_socket,
        &targets.telemetry_socket,
    ] {
        assert!(std::path::Path::new(path).exists(), "{path}");
    }
    let body = serde_json::to_vec(&targets).unwrap();
    for attempt in attempts() {
        let answer = suite.post(&format!("/functions/attacker/{}", attempt.name), &body);
        let said = String::from_utf8_lossy(&answer.body);
        assert!(is_stopped(&answer), "{}: {} {said}", attempt.name, answer.status);
    }
    assert_eq!(suite.get("/functions/neighbour/hello").text(), "hello");
}

/// Standard error is a regular file here, to which a worker may not write itself.
#[test]
fn a_refused_call_is_named_in_the_log_and_so_is_whose_it_was() {
    let suite = attacked();
    let body = serde_json::to_vec(&Targets::default()).unwrap();
    let answer = suite.post("/functions/attacker/set_user", &body);
    assert_eq!((answer.status, answer.json()["code"].as_str()), (502, Some("worker_died")));
    wait::until_true("the refusal in the log", || {
        let log = suite.log();
        let ended = log.lines().find(|line| line.contains("it made a system call that is refused"));
        log.contains(&format!("bunbase-jail: system call {:6} refused", libc::SYS_setuid))
            && ended.is_some_and(|line| line.contains("function=\"attacker\""))
    });
}
