//! The pool in small worlds, of which every order of happenings is tried.
//!
//! Each scenario has up to three requests, workers, two holders, and a number of things that may go wrong. Packets of one
//! connection keep their order; between connections, processes and the registry there is none.
//!
//! There is no way round in a circle: every step uses up something that is counted and never comes back (a request, a wish, a
//! lease, a worker, a packet, one of the mishaps), or the pool would have to ask twice for the same, which is claimed not to
//! happen. So where no end leaves anybody waiting, whoever waits is served on every way.

mod claims;
mod digest;
mod holder;
mod registry;
mod sabotage;
mod scenario;
mod scheduler;
mod state;
mod step;
mod take;

use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model};

use claims::{ADOPTED, EVICTED, IDLE, KILLED, LATE, LINE, LOST, REMOVED, REVOKED, STUBBORN, WORN};
use claims::{BOUNDS, IN_FORCE, ONCE, REST, SHARED, TERMINATED};
use sabotage::Sabotage;
use scenario::{Left, Scenario};

/// Tries every order, and says how many states there are.
fn holds(scenario: Scenario) {
    let began = Instant::now();
    let name = scenario.name;
    let checker = scenario.checker().threads(1).spawn_bfs().join();
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    println!("{name}: {states} states, {depth} steps deep, {:.1?}", began.elapsed());
    checker.assert_properties();
}

/// Finds the way to this claim's opposite.
fn fails(scenario: Scenario, claim: &'static str) {
    let stop = HasDiscoveries::AnyOf([claim].into());
    let checker = scenario.checker().threads(1).finish_when(stop).spawn_bfs().join();
    assert!(checker.discoveries().contains_key(claim), "not found: {claim}");
}

/// One function, two holders.
const SHARED_BY_TWO: &[(usize, usize)] = &[(0, 0), (0, 0), (1, 0)];

/// Two functions.
const TWO_FUNCTIONS: &[(usize, usize)] = &[(0, 0), (0, 0), (1, 1)];

fn kills() -> Scenario {
    let left = Left { timeouts: 1, deaths: 1, ..Left::default() };
    let shows = vec![LATE, KILLED, LINE];
    Scenario { left, shows, ..Scenario::new("a timeout and a death", SHARED_BY_TWO) }
}

fn deploy() -> Scenario {
    let left = Left { deploys: 1, ..Left::default() };
    Scenario { left, shows: vec![REVOKED], ..Scenario::new("a deploy", SHARED_BY_TWO) }
}

fn full() -> Scenario {
    let left = Left { timeouts: 1, ..Left::default() };
    let shows = vec![EVICTED, LATE, KILLED];
    Scenario {
        workers: 1,
        left,
        shows,
        ..Scenario::new("two functions on one place", TWO_FUNCTIONS)
    }
}

fn refusals() -> Scenario {
    let left = Left { gives_up: 1, spawn_failures: 1, ..Left::default() };
    Scenario { left, ..Scenario::new("a client that goes, a spawn that fails", SHARED_BY_TWO) }
}

#[test]
fn kills_timeouts_and_late_answers_leave_nobody_waiting_and_nothing_shared() {
    holds(kills());
    holds(refusals());
}

#[test]
fn a_holder_that_goes_leaves_nobody_waiting_and_nothing_shared() {
    let left = Left { breaks: 1, ..Left::default() };
    let name = "a connection that breaks";
    holds(Scenario { left, shows: vec![LOST], ..Scenario::new(name, &SHARED_BY_TWO[1..]) });
}

#[test]
fn what_changes_in_the_registry_is_in_force_when_it_is_said_to_be() {
    holds(deploy());
    let left = Left { removals: 1, registry_failures: 1, ..Left::default() };
    let name = "a removal, and an answer that fails";
    holds(Scenario { left, shows: vec![REMOVED], ..Scenario::new(name, &SHARED_BY_TWO[1..]) });
    let left = Left { registry_breaks: 1, deploys: 1, ..Left::default() };
    holds(Scenario { left, ..Scenario::new("a registry that breaks", &SHARED_BY_TWO[1..]) });
}

#[test]
fn what_is_probed_serves_or_goes() {
    let left = Left { probes: 1, failed_loads: 1, ..Left::default() };
    let name = "a candidate that loads or does not";
    holds(Scenario { left, shows: vec![ADOPTED], ..Scenario::new(name, &SHARED_BY_TWO[1..]) });
}

#[test]
fn on_a_full_machine_everybody_has_a_turn() {
    holds(full());
    holds(Scenario {
        shows: vec![EVICTED],
        ..Scenario::new("two functions on two places", TWO_FUNCTIONS)
    });
}

#[test]
fn time_and_wear_leave_nobody_waiting() {
    let left = Left { ticks: 2, ..Left::default() };
    let shows = vec![IDLE, STUBBORN];
    holds(Scenario { left, shows, ..Scenario::new("time that passes", &SHARED_BY_TWO[1..]) });
    let worn = Scenario::new("workers for one invocation", SHARED_BY_TWO);
    holds(Scenario { invocations: 1, shows: vec![WORN], ..worn });
}

/// Each claim can fail: schedulerd gets something wrong, and the way to it is found.
#[test]
fn what_schedulerd_gets_wrong_is_found() {
    fails(Scenario { sabotage: Sabotage::GrantsTwice, ..kills() }, SHARED);
    fails(Scenario { sabotage: Sabotage::ReleasesForKill, ..kills() }, ONCE);
    fails(Scenario { sabotage: Sabotage::YieldsForHolders, ..deploy() }, IN_FORCE);
    fails(Scenario { sabotage: Sabotage::RevivesTerminated, ..full() }, TERMINATED);
    fails(Scenario { sabotage: Sabotage::ReapsEarly, ..full() }, BOUNDS);
    fails(Scenario { sabotage: Sabotage::ForgetsRefusals, ..refusals() }, REST);
    fails(Scenario { sabotage: Sabotage::MissesExits, ..full() }, REST);
}

/// The long form: `make model`.
#[test]
#[ignore = "takes minutes"]
fn with_more_mishaps_at_once() {
    let three =
        |name, left| Scenario { workers: 3, max: 3, left, ..Scenario::new(name, SHARED_BY_TWO) };
    let none = Left::default();
    holds(three(
        "3 workers: timeout, death, client",
        Left { timeouts: 1, deaths: 1, gives_up: 1, ..none },
    ));
    holds(three("3 workers: deploy, timeout", Left { deploys: 1, timeouts: 1, ..none }));
    holds(three("3 workers: connection", Left { breaks: 1, ..none }));
    holds(three("3 workers: time", Left { ticks: 2, ..none }));
}
