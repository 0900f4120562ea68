//! The comparison.

use std::path::PathBuf;
use std::thread;

use crate::bare;
use crate::caged::Workers;
use crate::case::Case;
use crate::choice::{CHOSEN, Tree};

/// How many tests run at a time, in halves that differ by nothing.
const AT_A_TIME: usize = 2;

/// How many of the chosen ones the engine passes at the least: were it none, equal verdicts would say nothing.
const PASSED: usize = 2900;

const PASS: &str = "completed";

/// A test with what came of it: bare, caged.
type Verdicts = (PathBuf, String, String);

fn verdicts(tree: &Tree, paths: &[PathBuf]) -> Vec<Verdicts> {
    let workers = Workers::open();
    let both = |path: &PathBuf| {
        let case = Case::of(tree, path);
        (case.path.clone(), bare::verdict(&case), workers.verdict(&case))
    };
    paths.iter().map(both).collect()
}

fn all(tree: &Tree, paths: &[PathBuf]) -> Vec<Verdicts> {
    thread::scope(|scope| {
        let parts = paths.chunks(paths.len().div_ceil(AT_A_TIME));
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| verdicts(tree, part))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("verdicts")).collect()
    })
}

#[test]
fn the_caged_worker_gives_the_verdicts_of_the_bare_engine_on_3000_tests() {
    let Some(tree) = Tree::find() else { return eprintln!("skipped: no test262 here") };
    let paths = tree.chosen();
    assert_eq!(paths.len(), CHOSEN);
    let verdicts = all(&tree, &paths);
    let different: Vec<_> = verdicts.iter().filter(|(_, bare, caged)| bare != caged).collect();
    assert!(different.is_empty(), "{} differ (test, bare, caged): {different:#?}", different.len());
    let passed = verdicts.iter().filter(|(_, bare, _)| bare == PASS).count();
    assert!(passed >= PASSED, "the engine passes {passed} of {CHOSEN}");
}

#[test]
fn a_test_that_sees_what_it_runs_in_gets_different_verdicts() {
    let source = "if (typeof Response === 'undefined') throw new TypeError('no Response'); reportCompare(0, 0);";
    let case = Case::new(PathBuf::from("seeing.js"), source, &[]);
    assert_eq!(bare::verdict(&case), "threw TypeError: no Response");
    assert_eq!(Workers::open().verdict(&case), PASS);
}
