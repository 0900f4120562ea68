//! What a run of a directory found.

use std::collections::BTreeMap;

use crate::case::Case;
use crate::left_out::LeftOut;
use crate::outcome::Outcome;
use crate::peers::Peers;
use crate::run;
use crate::tree::Tree;

/// What was found in a file.
pub struct Found {
    /// The file, with its variant.
    pub file: String,
    /// The subtests that fail, and why.
    pub failed: BTreeMap<String, String>,
    /// How many pass.
    pub passed: usize,
    /// How many there are, here or in any other runtime: a file that breaks off early may not know of all.
    pub subtests: usize,
}

impl Found {
    /// Runs the files of a directory.
    pub fn all(tree: &Tree, directory: &str) -> Vec<Self> {
        let (left_out, peers) = (LeftOut::load(), Peers::load());
        let cases = Case::all(tree, directory, &left_out);
        assert!(!cases.is_empty(), "no tests in {directory}");
        let outcomes = run::each(&cases, |case| left_out.strip(case, run::in_worker(case)));
        let both = cases.iter().zip(&outcomes);
        both.map(|(case, outcome)| Self::of(case, outcome, peers.most(&case.name))).collect()
    }

    fn of(case: &Case, outcome: &Outcome, elsewhere: usize) -> Self {
        let failed = outcome.failed().map(|subtest| (subtest.name.clone(), subtest.why()));
        Self {
            file: case.name.clone(),
            failed: failed.collect(),
            passed: outcome.passed(),
            subtests: outcome.subtests.len().max(elsewhere),
        }
    }
}
