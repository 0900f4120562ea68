//! Single claims.

use bunbase_wire::lease::Readiness;

use super::world::{BOUNDS, MAX, World, name};
use crate::action::Action;
use crate::event::Event;

/// With one worker of "a" that the first holder has.
fn with_one_lease() -> World {
    let mut world = World::new();
    world.acquire(0, 0);
    world.answer();
    world.spawn_succeeds(0);
    assert_eq!(world.leases.len(), 1);
    world
}

#[test]
fn after_idle_a_worker_is_stopped_and_a_stubborn_one_killed() {
    let mut world = with_one_lease();
    world.release(0);
    world.wait(60_000);
    assert_eq!(world.ending.len(), 1);
    world.now += BOUNDS.grace;
    let actions = world.pool.handle(Event::Tick, world.now);
    assert!(matches!(actions[..], [Action::Kill { .. }]), "{actions:?}");
}

#[test]
fn a_drained_pool_refuses_and_lets_held_workers_be() {
    let mut world = with_one_lease();
    world.tell(Event::Drain);
    assert_eq!((world.leases.len(), world.ending.len()), (1, 0));
    world.acquire(0, 0);
    assert!(world.waiting.is_empty());
    world.release(0);
    assert_eq!(world.ending.len(), 1);
}

#[test]
fn another_holder_gets_a_worker_when_the_first_gives_one_back_on_request() {
    let mut world = World::new();
    (0..MAX).for_each(|_| world.acquire(0, 0));
    world.answer();
    (0..MAX).for_each(|_| world.spawn_succeeds(0));
    world.acquire(1, 0);
    let (holder, lease) = world.revocations[0];
    assert_eq!(holder, 1);
    world.leases.remove(&lease);
    world.tell(Event::Release { holder, lease, readiness: Readiness::Raw, served: 1 });
    assert!(world.leases.values().any(|(holder, _)| *holder == 2));
}

#[test]
fn a_worn_worker_is_asked_back_only_when_another_stands_ready() {
    let mut world = with_one_lease();
    world.worn(0);
    assert_eq!((world.starting.len(), world.revocations.len()), (1, 0), "it is started first");
    world.spawn_succeeds(0);
    assert_eq!(world.revocations.len(), 1);
    world.acquire(0, 0);
    assert_eq!(world.leases.len(), 2, "the ready one is granted at once");
    world.release(0);
    assert_eq!((world.ending.len(), world.leases.len()), (1, 1));
}

#[test]
fn a_worker_is_replaced_after_so_many_invocations_and_at_its_age() {
    let mut world = with_one_lease();
    let served = BOUNDS.invocations;
    let (lease, (holder, _)) = world.leases.pop_first().unwrap();
    world.tell(Event::Release { holder, lease, readiness: Readiness::Raw, served });
    assert_eq!(world.ending.len(), 1);

    let mut world = with_one_lease();
    world.wait(1_000_000);
    assert_eq!((world.starting.len(), world.ending.len()), (1, 0));
}

#[test]
fn a_minimum_is_there_before_anybody_asks_and_stays() {
    let mut world = World::new();
    world.deployed.insert(name(2), 1);
    world.announce(name(2), 1);
    world.answer();
    world.spawn_succeeds(0);
    assert_eq!(world.current(&name(2)).count(), 1);
    world.wait(600_000);
    assert_eq!(world.current(&name(2)).count(), 1);
    world.dies_by_itself(0);
    assert_eq!(
        world.current(&name(2)).count(),
        0,
        "one that dies at once is not started again at once"
    );
    world.wait(1_000);
    assert_eq!(world.current(&name(2)).count(), 1);
}

#[test]
fn one_that_can_not_be_started_is_tried_ever_less_often() {
    let mut world = World::new();
    world.deployed.insert(name(2), 1);
    world.announce(name(2), 1);
    world.answer();
    for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
        world.spawn_fails(0);
        world.wait(seconds * 1_000 - 1);
        assert_eq!(world.starting.len(), 0, "before {seconds} s");
        world.wait(1);
        assert_eq!(world.starting.len(), 1, "after {seconds} s");
    }
}

#[test]
fn what_was_probed_serves_as_soon_as_it_is_in_service() {
    let mut world = with_one_lease();
    world.probe(0, 0);
    world.answer();
    world.spawn_succeeds(0);
    assert_eq!(world.leases.len(), 2);
    let (lease, (holder, probed)) = world.leases.pop_last().unwrap();
    world.tell(Event::Release { holder, lease, readiness: Readiness::Raw, served: 0 });
    world.promote(0);
    world.answer();
    assert_eq!(world.revocations.len(), 1, "the old one is asked back");
    world.acquire(0, 0);
    let granted = world.leases.values().any(|(_, worker)| *worker == probed);
    assert!(granted && world.starting.is_empty());
}

#[test]
fn a_candidate_that_did_not_load_leaves_what_is_in_service_as_it_is() {
    let mut world = with_one_lease();
    world.probe(0, 0);
    world.answer();
    world.spawn_succeeds(0);
    let (lease, (holder, _)) = world.leases.pop_last().unwrap();
    let reason = bunbase_wire::lease::KillReason::LoadFailed;
    world.tell(Event::Kill { holder, lease, reason });
    world.dies(0);
    assert_eq!((world.leases.len(), world.revocations.len(), world.running.len()), (1, 0, 1));
}

#[test]
fn a_worker_that_was_started_for_one_who_waits_is_not_sent_away_before_it_serves() {
    let mut world = World::with_workers(1);
    world.acquire(0, 1);
    world.acquire(0, 0);
    (0..2).for_each(|_| world.answer());
    world.spawn_succeeds(0);
    assert_eq!((world.leases.len(), world.ending.len()), (1, 0));
    assert_eq!(world.revocations.len(), 1, "the other gets its turn after it");
}

#[test]
fn a_free_worker_that_is_waited_for_is_not_sent_away_for_one_that_has_as_many() {
    let mut world = World::with_workers(2);
    for function in 0..2 {
        world.acquire(0, function);
        world.answer();
        world.spawn_succeeds(0);
    }
    (0..2).for_each(|function| world.acquire(0, function));
    world.release(1);
    assert_eq!((world.leases.len(), world.ending.len()), (2, 0));
}
