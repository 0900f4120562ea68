//! A new version takes over while clients hammer.

use std::sync::Mutex;
use std::time::Instant;

use bunbase_tests::Suite;
use bunbase_tests::load::{during, summary};

const DEPLOYS: u32 = 50;

/// The claim is about the history of the clients: for each request the newest version whose deploy had been acknowledged
/// when it began is the oldest that it may see.
#[test]
fn fifty_deploys_under_load_lose_no_request_and_none_sees_what_was_replaced_before_it_began() {
    let suite = Suite::start();
    let deploy = |version: u32| {
        suite.deploy_handler("app", "", &format!("return new Response('{version}')"));
    };
    deploy(0);
    let acknowledged = Mutex::new(vec![(Instant::now(), 0)]);
    let seen = during(suite.address(), "/functions/app", 32, || {
        for version in 1..=DEPLOYS {
            deploy(version);
            acknowledged.lock().unwrap().push((Instant::now(), version));
        }
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(seen.iter().all(|one| one.status == 200), "{:?}\n{}", summary(&seen), suite.log());
    let stale: Vec<_> = seen
        .iter()
        .filter_map(|one| {
            let at = acknowledged.partition_point(|(when, _)| *when <= one.begun);
            let oldest = acknowledged[at.saturating_sub(1)].1;
            let version: u32 = one.body.parse().expect("a version");
            (version < oldest).then_some((oldest, version))
        })
        .collect();
    assert!(stale.is_empty(), "(acknowledged, seen): {stale:?}");
    let begun_late = seen.iter().filter(|one| one.begun > acknowledged[1].0).count();
    assert!(begun_late > 1000, "{begun_late} requests are no load");
    let took = acknowledged.last().unwrap().0 - acknowledged[0].0;
    println!("{} requests, {DEPLOYS} deploys in {took:?}", seen.len());
}
