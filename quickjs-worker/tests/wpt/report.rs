//! What of a folder or a file fails, for whoever works on it.

use crate::case::Case;
use crate::outcome::{Outcome, run};
use crate::tree::Tree;

/// `WPT=streams/piping cargo nextest run --release -p bunbase-quickjs-worker --test wpt --run-ignored only --no-capture`
#[test]
#[ignore = "shows what of the folder or the file in the variable WPT fails"]
fn what_fails_is_shown() {
    let below = std::env::var("WPT").expect("WPT is a folder or a file of the Web Platform Tests");
    let tree = Tree::find().expect("the Web Platform Tests");
    let cases = Case::all(&tree, &below);
    assert!(!cases.is_empty(), "no tests in {below}");
    let outcomes = run(&cases);
    cases.iter().zip(&outcomes).for_each(|(case, outcome)| show(case, outcome));
    let passed: usize = outcomes.iter().map(Outcome::passed).sum();
    let all: usize = outcomes.iter().map(|outcome| outcome.subtests.len()).sum();
    println!("{below}: {passed} of {all} subtests pass, {} files", cases.len());
}

fn show(case: &Case, outcome: &Outcome) {
    println!("{}: {} of {}", case.name, outcome.passed(), outcome.subtests.len());
    if outcome.harness != "OK" {
        println!("  {}: {}", outcome.harness, outcome.message.as_deref().unwrap_or_default());
    }
    for subtest in outcome.subtests.iter().filter(|subtest| !subtest.passed()) {
        let message = subtest.message.as_deref().unwrap_or_default();
        println!("  {} {:?}: {message}", subtest.status, subtest.name);
    }
}
