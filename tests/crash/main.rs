//! Processes are killed; what was in flight or stored is not lost.

mod durable;
mod leaks;
mod under_load;

use std::time::Duration;

use bunbase_tests::{Project, Suite, wait};
use nix::sys::signal::{Signal, kill};

fn suite() -> Suite {
    let suite = Suite::start();
    let body = "if (request.url.endsWith('slow')) await new Promise(r => setTimeout(r, 1000)); return new Response('ok')";
    suite.deploy(&Project::handler("app", body));
    assert_eq!(suite.get("/functions/app").text(), "ok");
    suite
}

#[test]
fn each_daemon_is_started_again_and_serves_again() {
    let suite = suite();
    for daemon in ["gateway", "ipcd", "schedulerd"] {
        suite.kill_and_await_restart(daemon);
        assert_eq!(suite.get("/functions/app").text(), "ok", "after {daemon}");
    }
    suite.deploy(&Project::handler("new", "return new Response('new')"));
    assert_eq!(suite.get("/functions/new").text(), "new");
}

#[test]
fn a_killed_schedulerd_loses_no_request_in_flight() {
    let suite = suite();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| suite.get("/functions/app/slow"));
        std::thread::sleep(Duration::from_millis(300));
        suite.kill_and_await_restart("schedulerd");
        let answer = slow.join().unwrap();
        assert_eq!((answer.status, answer.text()), (200, "ok"));
    });
    assert_eq!(suite.get("/functions/app").text(), "ok");
}

/// Workers that have been forked live on, and the next one is executed while a new zygote starts.
#[test]
fn a_killed_zygote_costs_no_request() {
    let suite = suite();
    let workers = suite.workers();
    let before = wait::until("the zygote", || suite.zygote());
    kill(before, Signal::SIGKILL).unwrap();
    assert_eq!(suite.get("/functions/app").text(), "ok");
    assert_eq!(suite.workers(), workers);
    for name in ["executed", "forked"] {
        suite.deploy(&Project::handler(name, "return new Response('new')"));
        assert_eq!(suite.get(&format!("/functions/{name}")).text(), "new");
    }
    assert_ne!(wait::until("another zygote", || suite.zygote()), before);
}

#[test]
fn a_deploy_that_ipcd_acknowledged_is_there_after_kill_9() {
    let suite = suite();
    for n in 0..5 {
        suite.deploy(&Project::handler("app", &format!("return new Response('v{n}')")));
        suite.kill_and_await_restart("ipcd");
        wait::until_true("ipcd", || suite.bunbase(&["status"]).status.success());
        assert_eq!(suite.get("/functions/app").text(), format!("v{n}"));
    }
}

/// Workers are held by their streams alone: when nobody has the other end any more, they go.
#[test]
fn no_worker_outlives_those_who_hold_it() {
    let mut suite = suite();
    let workers = suite.workers();
    assert_eq!(workers.len(), 1);
    for daemon in ["schedulerd", "gateway"] {
        kill(suite.pid(daemon).unwrap(), Signal::SIGKILL).unwrap();
    }
    wait::until_true("the worker's end", || {
        workers.iter().all(|worker| kill(*worker, None).is_err())
    });
    suite.stop();
}

#[test]
fn a_killed_gateway_leaves_no_worker_behind_and_its_successor_serves() {
    let suite = suite();
    let held = suite.workers();
    suite.kill_and_await_restart("gateway");
    wait::until_true("the held worker's end", || {
        held.iter().all(|worker| kill(*worker, None).is_err())
    });
    assert_eq!(suite.get("/functions/app").text(), "ok");
}

#[test]
fn a_killed_up_takes_its_daemons_with_it() {
    let mut suite = suite();
    let daemons: Vec<_> =
        ["gateway", "ipcd", "schedulerd"].iter().map(|d| suite.pid(d).unwrap()).collect();
    let up = nix::unistd::Pid::from_raw(
        std::fs::read_to_string(format!("/proc/{}/stat", daemons[0]))
            .unwrap()
            .split(' ')
            .nth(3)
            .unwrap()
            .parse()
            .unwrap(),
    );
    kill(up, Signal::SIGKILL).unwrap();
    suite.stop();
    wait::until_true("the daemons' end", || daemons.iter().all(|pid| kill(*pid, None).is_err()));
}
