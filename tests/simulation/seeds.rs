//! Many worlds, none of which breaks a promise.

use std::collections::BTreeMap;

use crate::world::{Course, run};

/// Seeds that are run each time.
pub const SEEDS: u64 = 200;

/// Seeds of worlds in which something was wrong once.
const ONCE_FAILED: &[u64] = &[];

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs worlds, as many at once as there are processors; the first that has failed is what is told.
fn run_all(seeds: impl Iterator<Item = u64> + Send) -> BTreeMap<String, u64> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let seeds = std::sync::Mutex::new(seeds);
    let totals = std::sync::Mutex::new(BTreeMap::<String, u64>::new());
    std::thread::scope(|scope| {
        let work = || {
            while let Some(seed) = next(&seeds) {
                let course = run(seed, None).unwrap_or_else(|why| panic!("{why}"));
                let mut totals = totals.lock().unwrap();
                for (outcome, count) in course.outcomes {
                    *totals.entry(outcome).or_default() += count;
                }
            }
        };
        (0..threads).for_each(|_| _ = scope.spawn(work));
    });
    totals.into_inner().unwrap()
}

fn next(seeds: &std::sync::Mutex<impl Iterator<Item = u64>>) -> Option<u64> {
    seeds.lock().unwrap().next()
}

#[test]
fn in_two_hundred_worlds_every_invocation_is_answered_exactly_once() {
    if let Some(seed) = number("SEED") {
        let course = run(seed, None).unwrap_or_else(|why| panic!("{why}"));
        println!("{}\n{:?}", course.history.join("\n"), course.outcomes);
        return;
    }
    let first = number("FIRST").unwrap_or(0);
    let outcomes = run_all(first..first + number("SEEDS").unwrap_or(SEEDS));
    println!("{outcomes:#?}");
    assert!(outcomes["200"] > 1_000, "{outcomes:?}");
}

#[test]
fn in_worlds_that_have_failed_once_it_is_too() {
    run_all(ONCE_FAILED.iter().copied());
}

#[test]
fn the_same_seed_has_the_same_history() {
    for seed in 0..10 {
        let [first, second]: [Course; 2] = [(); 2].map(|()| run(seed, None).unwrap());
        let differs = first.history.iter().zip(&second.history).find(|(a, b)| a != b);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(first, second, "seed {seed}");
    }
}
