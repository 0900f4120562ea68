//! Many functions want their first worker at once, and more than the machine may have.

use std::time::Duration;

use bunbase_tests::load::{Seen, at_once, percentile, summary};
use bunbase_tests::{Suite, wait};

const FUNCTIONS: usize = 100;

/// Functions that have no worker.
fn deploy_all(suite: &Suite, count: usize) -> Vec<String> {
    let name = |n: usize| format!("f{n}");
    let deploy = |n| suite.deploy_handler(&name(n), "", &format!("return new Response('{n}')"));
    (0..count).for_each(deploy);
    // Each deploy has left a worker; with schedulerd they all go.
    suite.kill_and_await_restart("schedulerd");
    wait::until_true("the end of all workers", || suite.workers().is_empty());
    (0..count).map(|n| format!("/functions/{}", name(n))).collect()
}

/// All at the same moment, and the most workers that were seen meanwhile.
fn watched(suite: &Suite, paths: &[String]) -> (Vec<Seen>, usize) {
    std::thread::scope(|scope| {
        let clients = scope.spawn(|| at_once(suite.address(), paths));
        let mut most = 0;
        while !clients.is_finished() {
            most = most.max(suite.workers().len());
            std::thread::sleep(Duration::from_millis(1));
        }
        (clients.join().unwrap(), most)
    })
}

#[test]
fn a_hundred_functions_cold_at_once_are_all_answered_within_two_seconds() {
    let suite = Suite::start();
    let paths = deploy_all(&suite, FUNCTIONS);
    assert_eq!(suite.workers().len(), 0);
    let (seen, most) = watched(&suite, &paths);
    let slowest = percentile(&seen, 100);
    println!("median {:?}, slowest {slowest:?}", percentile(&seen, 50));
    assert!(seen.iter().all(|one| one.status == 200), "{:?}", summary(&seen));
    let right = |(n, one): (usize, &Seen)| one.body == n.to_string();
    assert!(seen.iter().enumerate().all(right));
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    assert!(most <= FUNCTIONS, "{most} workers");
}

#[test]
fn beyond_the_machines_workers_all_are_answered_and_there_are_never_more() {
    let suite = Suite::with_config(&[("schedulerd.toml", "max_workers = 4")]);
    let paths = deploy_all(&suite, 12);
    for round in 0..3 {
        for path in &paths {
            assert_eq!(suite.get(path).status, 200, "round {round}, {path}");
            assert!(suite.workers().len() <= 4);
        }
        let (seen, most) = watched(&suite, &paths);
        assert!(seen.iter().all(|one| one.status == 200), "round {round}: {:?}", summary(&seen));
        println!("at once: slowest {:?}", percentile(&seen, 100));
        assert!((1..=4).contains(&most), "{most} workers");
    }
}

/// Of those that nobody uses the one that was used least recently goes, and no other.
#[test]
fn the_least_recently_used_idle_worker_is_evicted() {
    let config = [("schedulerd.toml", "max_workers = 4"), ("gateway.toml", "quiet = \"20ms\"")];
    let suite = Suite::with_config(&config);
    let paths = deploy_all(&suite, 5);
    let mut workers = Vec::new();
    for path in &paths[..4] {
        let before = suite.workers();
        assert_eq!(suite.get(path).status, 200);
        workers.extend(suite.workers().into_iter().filter(|pid| !before.contains(pid)));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(workers.len(), 4);
    // The first is used again: now the second is the one.
    assert_eq!(suite.get(&paths[0]).status, 200);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(suite.get(&paths[4]).status, 200);
    wait::until_true("the eviction", || suite.workers().len() == 4);
    let left: Vec<bool> = workers.iter().map(|pid| suite.workers().contains(pid)).collect();
    assert_eq!(left, [true, false, true, true]);
}
