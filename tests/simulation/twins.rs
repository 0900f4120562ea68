//! Worlds in which something is broken on purpose: each is noticed.

use crate::sabotage::Sabotage;
use crate::seeds::SEEDS;
use crate::world::run;

/// Whether there is a world in which it shows that this is broken, in these words.
fn is_noticed(sabotage: Sabotage, words: &str) -> bool {
    let broken = (0..SEEDS).filter_map(|seed| run(seed, Some(sabotage)).err());
    let mut promises = broken
        .filter_map(|why| why.lines().find(|line| line.starts_with("seed ")).map(str::to_owned));
    promises.any(|promise| promise.contains(words))
}

#[test]
fn a_worker_that_is_granted_twice_is_noticed() {
    assert!(is_noticed(Sabotage::GrantsTwice, "held twice"));
}

#[test]
fn an_answer_that_goes_to_another_call_is_noticed() {
    assert!(is_noticed(Sabotage::Misaddressed, "had to end otherwise than as Ok"));
}

#[test]
fn a_holder_that_drops_what_is_in_flight_when_schedulerd_goes_is_noticed() {
    assert!(is_noticed(Sabotage::DropsInFlight, "had to end otherwise than as Err(WorkerDied)"));
}

#[test]
fn a_holder_that_goes_on_with_an_old_version_is_noticed() {
    assert!(is_noticed(Sabotage::IgnoresRevoke, "was in force"));
}

#[test]
fn a_worker_that_is_never_killed_is_noticed() {
    assert!(is_noticed(Sabotage::NeverKills, "does not come to rest"));
}

#[test]
fn an_invocation_that_is_begun_again_is_noticed() {
    assert!(is_noticed(Sabotage::RetriesTheDead, "and again by"));
}

#[test]
fn a_deploy_that_is_acknowledged_before_it_is_in_force_is_noticed() {
    assert!(is_noticed(Sabotage::AcknowledgesAtOnce, "was in force"));
}

#[test]
fn a_worker_too_many_is_noticed() {
    assert!(is_noticed(Sabotage::StartsTooMany, "that may"));
}
