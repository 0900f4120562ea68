//! Processes are killed while clients hammer.

use std::thread::sleep;
use std::time::{Duration, Instant};

use bunbase_tests::load::{Seen, during, summary};
use bunbase_tests::{Suite, process, wait};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// Long enough that there is always something in flight.
const BODY: &str = "await new Promise((done) => setTimeout(done, 20)); return new Response('ok')";

const KILLS: usize = 3;

fn all_ok(seen: &[Seen]) -> bool {
    seen.iter().all(|one| one.status == 200 && one.body == "ok")
}

/// A function that has never run is asked for the moment after the kill: it needs the new schedulerd.
#[test]
fn schedulerd_killed_under_load_loses_no_request_and_new_functions_run_within_a_second() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", BODY);
    (0..KILLS).for_each(|n| suite.deploy_handler(&format!("new{n}"), "", BODY));
    let mut back = Vec::new();
    let seen = during(suite.address(), "/functions/app", 32, || {
        for n in 0..KILLS {
            sleep(Duration::from_millis(500));
            kill(suite.pid("schedulerd").unwrap(), Signal::SIGKILL).unwrap();
            let begun = Instant::now();
            assert_eq!(suite.get(&format!("/functions/new{n}")).text(), "ok");
            back.push(begun.elapsed());
        }
        sleep(Duration::from_millis(300));
    });
    println!("{} requests, slowest {:?}, back {back:?}", seen.len(), slowest(&seen));
    assert!(all_ok(&seen), "{:?}\n{}", summary(&seen), suite.log());
    assert!(seen.len() > 500, "{} requests are no load", seen.len());
    assert!(back.iter().all(|took| *took < Duration::from_secs(1)), "{back:?}");
}

/// Those who held the streams finish with them; the zygote had nobody but schedulerd.
#[test]
fn five_seconds_after_schedulerd_was_killed_no_worker_of_it_is_left() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", BODY);
    suite.deploy_handler("held", "[scale]\nidle = \"600s\"", BODY);
    let mut before: Vec<Pid> = Vec::new();
    let seen = during(suite.address(), "/functions/app", 32, || {
        assert_eq!(suite.get("/functions/held").text(), "ok");
        sleep(Duration::from_millis(300));
        before = suite.workers().into_iter().chain(suite.zygote()).collect();
        let begun = Instant::now();
        suite.kill_and_await_restart("schedulerd");
        let schedulerd = suite.pid("schedulerd").unwrap();
        wait::until_true("the end of all that the old one had", || {
            let gone = !before.iter().any(|pid| process::is_running(*pid));
            gone && process::workers_without(schedulerd).is_empty()
        });
        println!("the last was gone after {:?}", begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    });
    assert!(before.len() >= 3, "two functions and a zygote: {before:?}");
    assert!(all_ok(&seen), "{:?}", summary(&seen));
}

#[test]
fn a_killed_worker_costs_its_own_requests_in_flight_and_no_other() {
    let suite = Suite::start();
    let scale = "[scale]\nmax = 2\nconcurrency = 4";
    suite.deploy_handler("other", scale, BODY);
    suite.deploy_handler("app", scale, BODY);
    assert_eq!(suite.get("/functions/other").text(), "ok");
    let mut kills = Vec::new();
    let mut app = Vec::new();
    let other = during(suite.address(), "/functions/other", 4, || {
        sleep(Duration::from_millis(200));
        let not_app = suite.workers();
        app = during(suite.address(), "/functions/app", 8, || {
            for _ in 0..5 {
                sleep(Duration::from_millis(300));
                let of_app = |pid: &Pid| !not_app.contains(pid);
                let victim = suite.workers().into_iter().find(of_app).expect("a worker of app");
                let begun = Instant::now();
                kill(victim, Signal::SIGKILL).unwrap();
                kills.push((begun, Instant::now()));
            }
            sleep(Duration::from_millis(300));
        });
    });
    println!("{} and {} requests: {:?}", app.len(), other.len(), summary_of_codes(&app));
    assert!(all_ok(&other), "{:?}", summary(&other));
    let failed: Vec<&Seen> = app.iter().filter(|one| one.status != 200).collect();
    for (begun, ended) in &kills {
        // The gateway learns of it when it next looks at the stream: in this time it may still send something there.
        let noticed = *ended + Duration::from_millis(20);
        let hit = failed.iter().filter(|one| one.ended >= *begun && one.begun <= noticed);
        let hit = hit.count();
        assert!((1..=4).contains(&hit), "{hit} of at most 4 that it had");
    }
    for one in &failed {
        let problem: Value = serde_json::from_str(&one.body).unwrap();
        assert_eq!((one.status, problem["code"].as_str()), (502, Some("worker_died")));
        let in_flight = |(begun, ended): &(Instant, Instant)| {
            one.begun <= *ended + Duration::from_millis(20) && one.ended >= *begun
        };
        assert!(kills.iter().any(in_flight), "not in flight when a worker was killed: {one:?}");
    }
}

fn summary_of_codes(seen: &[Seen]) -> (usize, usize) {
    (
        seen.iter().filter(|one| one.status == 200).count(),
        seen.iter().filter(|one| one.status == 502).count(),
    )
}

fn slowest(seen: &[Seen]) -> Option<Duration> {
    seen.iter().map(Seen::took).max()
}

/// Clients of a killed gateway see their connections break. Nobody else sees anything, and nothing stays behind.
#[test]
fn a_gateway_killed_under_load_leaves_no_process_and_no_descriptor_behind() {
    let suite = Suite::start();
    suite.deploy_handler("app", "[scale]\nidle = \"200ms\"", BODY);
    let schedulerd = suite.pid("schedulerd").unwrap();
    // A worker's end is seen here before schedulerd has closed what it had of it.
    let quiet = || {
        wait::until_true("the end of all workers", || suite.workers().is_empty());
        sleep(Duration::from_millis(500));
        process::descriptors(schedulerd)
    };
    assert_eq!(suite.get("/functions/app").text(), "ok");
    let before = quiet();
    let seen = during(suite.address(), "/functions/app", 32, || {
        for _ in 0..KILLS {
            sleep(Duration::from_millis(300));
            let held = suite.workers();
            assert!(!held.is_empty());
            suite.kill_and_await_restart("gateway");
            wait::until_true("the end of what it held", || {
                held.iter().all(|worker| kill(*worker, None).is_err())
            });
        }
        sleep(Duration::from_millis(300));
    });
    println!("{} requests, {:?}", seen.len(), summary(&seen));
    assert!(seen.iter().all(|one| one.status == 200 || one.status == 0), "{:?}", summary(&seen));
    let last = seen.iter().max_by_key(|one| one.ended).unwrap();
    assert_eq!(last.status, 200);
    wait::until_true("as many descriptors as before", || {
        let after = quiet();
        println!("schedulerd has {after} descriptors, and had {before}");
        after == before
    });
    assert_eq!(suite.pid("schedulerd"), Some(schedulerd), "it is still the same");
    assert_eq!(suite.get("/functions/app").text(), "ok");
}
