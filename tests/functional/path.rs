//! The path of a request: gateway, schedulerd once, worker.

use std::time::{Duration, Instant};

use bunbase_tests::relay::Relay;
use bunbase_tests::{Project, Suite, repository, wait};

#[test]
fn the_hello_example_with_its_npm_dependency_is_deployed_and_answers() {
    let suite = Suite::start();
    suite.deploy_folder(&repository("examples/hello"));
    let answer = suite.get("/functions/hello?name=x");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["message"], "Hello, x!");
    assert!(answer.json()["worker_age"].as_str().unwrap().ends_with("ms"));
    assert!(suite.log().contains("greeting x"));
}

/// The gateway's lease socket is a relay that counts; nothing is counted while the lease is held.
#[test]
fn the_second_request_goes_to_the_worker_with_no_other_process_involved() {
    let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
    let between = folder.path().join("relay.sock");
    let config = format!("lease_socket = {:?}\nquiet = \"1h\"", between.to_str().unwrap());
    let suite = Suite::with_config(&[("gateway.toml", &config)]);
    let relay = Relay::start(&between, &suite.folder().join("lease.sock"));
    suite.deploy(&Project::handler("hello", "return new Response('hi')"));
    assert_eq!(relay.packets(), 0);
    assert_eq!(suite.get("/functions/hello").text(), "hi");
    let after_first = relay.packets();
    assert!(after_first >= 2, "acquire and granted, at least: {after_first}");
    for _ in 0..100 {
        assert_eq!(suite.get("/functions/hello").text(), "hi");
    }
    assert_eq!(relay.packets(), after_first);
    assert_eq!(suite.workers().len(), 1);
}

#[test]
fn a_quiet_lease_is_given_back_and_the_same_worker_serves_the_next_holder() {
    let suite = Suite::with_config(&[("gateway.toml", "quiet = \"20ms\"")]);
    let body = "globalThis.n = (globalThis.n ?? 0) + 1; return new Response(String(globalThis.n))";
    suite.deploy(&Project::handler("count", body));
    assert_eq!(suite.get("/functions/count").text(), "1");
    std::thread::sleep(std::time::Duration::from_millis(200));
    let invoked = suite.bunbase(&["invoke", "count"]);
    assert_eq!(String::from_utf8_lossy(&invoked.stdout), "2");
}

#[test]
fn a_worker_held_by_another_is_asked_back_when_it_is_the_only_one() {
    let suite = Suite::with_config(&[("gateway.toml", "quiet = \"1h\"")]);
    let project = Project::handler("one", "return new Response('ok')").toml("[scale]\nmax = 1");
    suite.deploy(&project);
    assert_eq!(suite.get("/functions/one").text(), "ok");
    let invoked = suite.bunbase(&["invoke", "one"]);
    assert_eq!(String::from_utf8_lossy(&invoked.stdout), "ok", "{}", suite.log());
    assert_eq!(suite.get("/functions/one").text(), "ok");
    assert_eq!(suite.workers().len(), 1);
}

#[test]
fn many_requests_at_once_share_workers_within_the_maximum() {
    let suite = Suite::start();
    let body = "await new Promise(done => setTimeout(done, 20)); return new Response('ok')";
    let project = Project::handler("busy", body).toml("[scale]\nconcurrency = 4\nmax = 3");
    suite.deploy(&project);
    std::thread::scope(|scope| {
        let requests: Vec<_> =
            (0..60).map(|_| scope.spawn(|| suite.get("/functions/busy").status)).collect();
        for request in requests {
            assert_eq!(request.join().unwrap(), 200);
        }
    });
    assert!((1..=3).contains(&suite.workers().len()));
}

#[test]
fn an_idle_worker_retires() {
    let suite = Suite::with_config(&[("gateway.toml", "quiet = \"20ms\"")]);
    suite.deploy(
        &Project::handler("brief", "return new Response('ok')").toml("[scale]\nidle = \"100ms\""),
    );
    assert_eq!(suite.get("/functions/brief").text(), "ok");
    wait::until_true("no worker", || suite.workers().is_empty());
    assert_eq!(suite.get("/functions/brief").text(), "ok");
}

#[test]
fn a_worker_with_promises_pending_does_not_retire_and_its_late_lines_have_their_requests_id() {
    let suite = Suite::with_config(&[("gateway.toml", "quiet = \"20ms\"")]);
    let source = "export default (request, env, ctx) => {
        const later = new Promise((resolve) => setTimeout(resolve, 600));
        ctx.waitUntil(later.then(() => console.log('late line')));
        return new Response('ok');
    }";
    suite.deploy(&Project::new("late", source).toml("[scale]\nidle = \"100ms\""));
    let answer = suite.get("/functions/late");
    let answered = Instant::now();
    wait::until_true("the late line", || suite.log().contains("late line"));
    assert!(answered.elapsed() > Duration::from_millis(400), "{:?}", answered.elapsed());
    let log = suite.log();
    let line = log.lines().find(|line| line.contains("late line")).expect("the line");
    assert!(line.contains(answer.header("x-request-id")[0]), "{line}");
    wait::until_true("no worker", || suite.workers().is_empty());
}
