//! What of a folder or a file fails, for whoever works on it.

use crate::case::Case;
use crate::left_out::LeftOut;
use crate::outcome::Outcome;
use crate::run;
use crate::tree::Tree;

/// `make wpt DIR=streams/piping`
#[test]
#[ignore = "shows what of the folder or the file in the variable WPT fails"]
fn what_fails_is_shown() {
    let below = std::env::var("WPT").expect("WPT is a folder or a file of the Web Platform Tests");
    let tree = Tree::find().expect("the Web Platform Tests");
    let left_out = LeftOut::load();
    let cases = Case::all(&tree, &below, &left_out);
    assert!(!cases.is_empty(), "no tests in {below}");
    let outcomes = run::each(&cases, |case| left_out.strip(case, run::in_worker(case)));
    cases.iter().zip(&outcomes).for_each(|(case, outcome)| show(case, outcome));
    let passed: usize = outcomes.iter().map(Outcome::passed).sum();
    let all: usize = outcomes.iter().map(|outcome| outcome.subtests.len()).sum();
    println!("{below}: {passed} of {all} subtests pass, {} files", cases.len());
}

fn show(case: &Case, outcome: &Outcome) {
    println!("{}: {} of {}", case.name, outcome.passed(), outcome.subtests.len());
    for subtest in outcome.failed() {
        println!("  {} {:?}: {}", subtest.status, subtest.name, subtest.why());
    }
}
