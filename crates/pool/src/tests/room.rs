//! Claims about a machine that is full.

use super::world::{World, name};

/// On a machine with two places.
fn narrow() -> World {
    World::with_workers(2)
}

fn gets(world: &mut World, holder: usize, function: usize) {
    world.acquire(holder, function);
    world.answer();
    world.spawn_succeeds(0);
}

#[test]
fn the_worker_of_another_function_that_was_idle_for_longest_makes_room() {
    let mut world = narrow();
    for function in 0..2 {
        gets(&mut world, 0, function);
        world.release(0);
        world.wait(10);
    }
    world.deployed.insert(name(2), 1);
    world.acquire(0, 2);
    world.answer();
    let evicted = world.ending.iter().next().map(|id| world.running[id].function.clone());
    assert_eq!(evicted, Some(name(0)));
    world.dies(0);
    world.spawn_succeeds(0);
    assert_eq!(world.leases.len(), 1);
}

#[test]
fn one_with_a_single_busy_worker_keeps_it_from_one_that_has_as_many() {
    let mut world = narrow();
    gets(&mut world, 0, 0);
    gets(&mut world, 0, 1);
    world.acquire(0, 0);
    assert!(world.revocations.is_empty() && world.ending.is_empty());
}

#[test]
fn one_that_has_none_gets_a_place_of_the_one_that_has_most() {
    let mut world = narrow();
    gets(&mut world, 0, 0);
    gets(&mut world, 0, 0);
    world.acquire(0, 1);
    world.answer();
    assert_eq!(world.revocations.len(), 1);
    world.acquire(0, 0);
    world.sees_revoke();
    world.release(0);
    world.dies(0);
    assert_eq!(world.starting.len(), 1);
    let started = world.starting.iter().next().map(|id| world.running[id].function.clone());
    assert_eq!(started, Some(name(1)), "and not to the one that has another, though it waits");
}

#[test]
fn one_that_has_another_waits_behind_one_that_has_none_though_it_came_first() {
    let mut world = World::with_workers(1);
    gets(&mut world, 0, 0);
    world.acquire(0, 0);
    world.acquire(0, 1);
    world.answer();
    world.sees_revoke();
    world.dies_by_itself(0);
    let started = world.starting.iter().next().map(|id| world.running[id].function.clone());
    assert_eq!(started, Some(name(0)), "both have none now, and it has waited longer");
    world.spawn_succeeds(0);
    world.acquire(0, 0);
    world.sees_revoke();
    world.dies_by_itself(0);
    world.spawn_succeeds(0);
    assert!(world.waiting.values().all(|target| target.function == name(0)), "they take turns");
}

#[test]
fn those_that_have_none_take_turns_and_nobody_is_left_out() {
    let mut world = narrow();
    world.deployed.insert(name(2), 1);
    let mut served = [0; 3];
    for _ in 0..60 {
        (0..3).for_each(|function| world.acquire(0, function));
        for _ in 0..4 {
            world.answer();
            world.spawn_succeeds(0);
            world.sees_revoke();
            for (_, worker) in world.leases.values() {
                let function = &world.running[worker].function;
                served[(0..3).find(|n| name(*n) == *function).unwrap()] += 1;
            }
            world.release(0);
            world.dies(0);
        }
    }
    assert!(served.iter().all(|count| *count >= 10), "{served:?}");
}

#[test]
fn a_worker_that_has_come_for_one_is_not_sent_away_by_another_that_waits() {
    let mut world = narrow();
    world.deployed.insert(name(2), 1);
    (0..3).for_each(|function| world.acquire(0, function));
    (0..3).for_each(|_| world.answer());
    assert_eq!((world.starting.len(), world.waiting.len()), (2, 3));
    // The one that comes first is of the one that is asked last.
    world.spawn_succeeds(1);
    assert_eq!((world.leases.len(), world.ending.len()), (1, 0));
}
