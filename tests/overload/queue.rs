//! A function's line has an end, and nobody stands in it for longer than the function's timeout.

use std::time::{Duration, Instant};

use bunbase_tests::Suite;
use bunbase_tests::load::{Connection, at_once};
use serde_json::Value;

const SLOW: &str = "await new Promise((done) => setTimeout(done, 500)); return new Response('ok')";

fn paths(count: usize) -> Vec<String> {
    vec!["/functions/app".to_owned(); count]
}

/// The bound is the function's: as many as are served, and as many as may wait; the others hear so at once.
#[test]
fn beyond_scale_queue_the_answer_is_503_with_retry_after_at_once() {
    let suite = Suite::start();
    suite.deploy_handler("app", "[scale]\nmax = 1\nconcurrency = 1\nqueue = 3", SLOW);
    suite.deploy_handler("other", "", "return new Response('ok')");
    // What its bounds are is known once it has had a worker.
    assert_eq!(suite.get("/functions/app").status, 200);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| suite.get("/functions/app"));
        std::thread::sleep(Duration::from_millis(200));
        let seen = at_once(suite.address(), &paths(10));
        let refused: Vec<_> = seen.iter().filter(|one| one.status == 503).collect();
        assert_eq!(refused.len(), 7, "{seen:?}");
        for one in &refused {
            let problem: Value = serde_json::from_str(&one.body).unwrap();
            assert_eq!(problem["code"], "queue_full");
            assert_eq!(problem["limit"]["value"], "3");
            assert!(one.head.contains("\nretry-after: ") || one.head.starts_with("retry-after: "));
            assert!(one.took() < Duration::from_millis(200), "{:?}", one.took());
        }
        assert_eq!(seen.iter().filter(|one| one.status == 200).count(), 3);
        assert_eq!(first.join().unwrap().status, 200);
    });
}

/// One function's full line is not another's.
#[test]
fn a_full_line_is_its_functions_alone() {
    let suite = Suite::start();
    suite.deploy_handler("app", "[scale]\nmax = 1\nconcurrency = 1\nqueue = 2", SLOW);
    suite.deploy_handler("other", "", "return new Response('other')");
    assert_eq!(suite.get("/functions/app").status, 200);
    std::thread::scope(|scope| {
        let crowd = scope.spawn(|| at_once(suite.address(), &paths(10)));
        std::thread::sleep(Duration::from_millis(200));
        let begun = Instant::now();
        assert_eq!(suite.get("/functions/other").text(), "other");
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
        assert!(crowd.join().unwrap().iter().any(|one| one.status == 503));
    });
}

#[test]
fn who_waits_longer_than_the_timeout_is_503_and_is_told_the_limit() {
    let suite = Suite::start();
    let limits = "[scale]\nmax = 1\nconcurrency = 1\n[limits]\ntimeout = \"1s\"";
    let body = "await new Promise((done) => setTimeout(done, 800)); return new Response('ok')";
    suite.deploy_handler("app", limits, body);
    assert_eq!(suite.get("/functions/app").status, 200);
    let mut seen = at_once(suite.address(), &paths(4));
    seen.sort_by_key(|one| one.ended);
    let statuses: Vec<u16> = seen.iter().map(|one| one.status).collect();
    // Served at once, served after 0.8 s of waiting; the other two would have had to wait for 1.6 s.
    assert_eq!(statuses, [200, 503, 503, 200], "{seen:?}");
    for one in &seen[1..3] {
        let problem: Value = serde_json::from_str(&one.body).unwrap();
        assert_eq!(problem["code"], "queue_timeout");
        assert_eq!(problem["limit"]["name"], "limits.timeout");
        let late = one.took().saturating_sub(Duration::from_secs(1));
        assert!(one.took() >= Duration::from_secs(1) && late < Duration::from_millis(200));
    }
}

/// A client that has sent its request and leaves is out of the line: its place is free.
#[test]
fn who_leaves_the_line_makes_room_in_it() {
    let suite = Suite::start();
    suite.deploy_handler("app", "[scale]\nmax = 1\nconcurrency = 1\nqueue = 2", SLOW);
    assert_eq!(suite.get("/functions/app").status, 200);
    let connect = || Connection::open(suite.address()).unwrap();
    let mut clients: Vec<Connection> = (0..3).map(|_| connect()).collect();
    for client in &mut clients {
        client.send("/functions/app").unwrap();
        std::thread::sleep(Duration::from_millis(30));
    }
    assert_eq!(suite.get("/functions/app").status, 503);
    drop(clients.pop());
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(suite.get("/functions/app").status, 200);
}
