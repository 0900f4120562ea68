//! Many worlds, none of which breaks a promise.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::world::{Course, run};

/// Seeds that are run each time.
pub const SEEDS: u64 = 200;

/// Seeds of worlds in which something was wrong once.
const ONCE_FAILED: &[u64] =
    &[1, 2, 91, 591, 1244, 2943, 3698, 3842, 4287, 5500, 6178, 8293, 10891, 11909, 12014];

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What has become of many worlds.
#[derive(Debug, Default)]
struct Courses {
    outcomes: BTreeMap<String, u64>,
    /// What is told of those that have failed, by seed.
    failed: BTreeMap<u64, String>,
}

impl Courses {
    fn add(&mut self, seed: u64, course: Result<Course, String>) {
        match course {
            Ok(course) => {
                for (outcome, count) in course.outcomes {
                    *self.outcomes.entry(outcome).or_default() += count;
                }
            }
            Err(why) => _ = self.failed.insert(seed, why),
        }
    }

    /// Fails with the first one's story, if there is one, and the promises that others have broken.
    fn assert(&self) {
        let short =
            self.failed.values().filter_map(|why| why.lines().find(|l| l.starts_with("seed ")));
        let short: Vec<&str> = short.map(|line| line.get(..300).unwrap_or(line)).collect();
        let first = self.failed.values().next().cloned().unwrap_or_default();
        assert!(short.is_empty(), "{first}\n\n{} have failed:\n{}", short.len(), short.join("\n"));
    }
}

/// Runs worlds, as many at once as there are processors.
fn run_all(seeds: impl Iterator<Item = u64> + Send) -> Courses {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (seeds, courses) = (Mutex::new(seeds), Mutex::<Courses>::default());
    std::thread::scope(|scope| {
        let work = || {
            while let Some(seed) = next(&seeds) {
                let course = run(seed, None);
                courses.lock().unwrap().add(seed, course);
            }
        };
        (0..threads).for_each(|_| _ = scope.spawn(work));
    });
    courses.into_inner().unwrap()
}

fn next(seeds: &Mutex<impl Iterator<Item = u64>>) -> Option<u64> {
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
    let courses = run_all(first..first + number("SEEDS").unwrap_or(SEEDS));
    println!("{:#?}", courses.outcomes);
    courses.assert();
    assert!(courses.outcomes["200"] > 1_000);
}

#[test]
fn in_worlds_that_have_failed_once_it_is_too() {
    run_all(ONCE_FAILED.iter().copied()).assert();
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
