//! Worlds in which something is broken on purpose: each is noticed.

use crate::sabotage::Sabotage;
use crate::seeds::SEEDS;
use crate::world::run;

/// What is said of the first world in which this is noticed.
fn noticed(sabotage: Sabotage) -> String {
    let mut worlds = (0..SEEDS).map(|seed| run(seed, Some(sabotage)));
    let why = worlds.find_map(Result::err).expect("it is noticed");
    let promise = why.lines().find(|line| line.starts_with("seed ")).unwrap().to_owned();
    println!("{sabotage:?}: {promise}");
    promise
}

#[test]
fn a_worker_that_is_granted_twice_is_noticed() {
    assert!(noticed(Sabotage::GrantsTwice).contains("held twice"));
}

#[test]
fn an_answer_that_goes_to_another_call_is_noticed() {
    assert!(noticed(Sabotage::Misaddressed).contains("had to end otherwise than as Ok"));
}

#[test]
fn a_holder_that_drops_what_is_in_flight_when_schedulerd_goes_is_noticed() {
    assert!(
        noticed(Sabotage::DropsInFlight).contains("had to end otherwise than as Err(WorkerDied)")
    );
}

#[test]
fn a_holder_that_goes_on_with_an_old_version_is_noticed() {
    assert!(noticed(Sabotage::IgnoresRevoke).contains("was in force"));
}

#[test]
fn a_worker_that_is_never_killed_is_noticed() {
    assert!(noticed(Sabotage::NeverKills).contains("does not come to rest"));
}

#[test]
fn an_invocation_that_is_begun_again_is_noticed() {
    assert!(noticed(Sabotage::RetriesTheDead).contains("and again by"));
}

#[test]
fn a_deploy_that_is_acknowledged_before_it_is_in_force_is_noticed() {
    assert!(noticed(Sabotage::AcknowledgesAtOnce).contains("was in force"));
}

#[test]
fn a_worker_too_many_is_noticed() {
    assert!(noticed(Sabotage::StartsTooMany).contains("that may"));
}
