//! The pool in a world at random, and single claims about it.

mod claims;
mod model;
mod op;
mod room;
mod world;

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use op::op;
use world::World;

const STEPS_A_CASE: usize = 1_000;

/// Cases are replayed from proptest-regressions/ first; a failing one is added there.
#[test]
fn no_worker_is_shared_no_bound_exceeded_and_no_wish_forgotten_in_a_million_transitions() {
    let config = ProptestConfig {
        cases: 2_000,
        max_shrink_iters: 20_000,
        ..ProptestConfig::with_source_file(file!())
    };
    let total = Cell::new(0);
    let ops = prop::collection::vec(op(), STEPS_A_CASE);
    let outcome = TestRunner::new(config).run(&ops, |ops| {
        let mut world = World::new();
        ops.into_iter().for_each(|op| world.run(op));
        world.settle();
        total.set(total.get() + world.transitions);
        Ok(())
    });
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    assert!(total.get() >= 1_000_000, "only {} transitions", total.get());
}
