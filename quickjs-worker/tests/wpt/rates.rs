//! How much of each directory is promised to pass.

use crate::directories::DIRECTORIES;
use crate::expected::{Expected, TODO};

/// Percent of the subtests of every directory.
const PROMISED: usize = 95;

/// Directories of which all is promised.
const WHOLLY: &[&str] = &["url"];

/// How the reason of a failure ends that is about an API still to come.
const NOT_YET: &str = "not there yet";

/// What is promised of a directory, in percent.
fn promised(directory: &str) -> usize {
    if WHOLLY.contains(&directory) { 100 } else { PROMISED }
}

fn is_kept(directory: &str, known: &Expected) -> bool {
    known.passed * 100 >= known.subtests * promised(directory)
}

fn all() -> impl Iterator<Item = (&'static str, Expected)> {
    DIRECTORIES.iter().map(|directory| (*directory, Expected::load(directory)))
}

#[test]
fn every_directory_passes_as_much_as_is_promised_or_says_why_not() {
    let unexplained = all().filter(|(name, known)| !is_kept(name, known) && known.below.is_none());
    let names: Vec<_> = unexplained.map(|(name, _)| name).collect();
    assert!(names.is_empty(), "below what is promised, without a `below = \"why\"`: {names:?}");
}

#[test]
fn no_directory_that_keeps_its_promise_is_listed_as_below_it() {
    let excused = all().filter(|(name, known)| is_kept(name, known) && known.below.is_some());
    let names: Vec<_> = excused.map(|(name, _)| name).collect();
    assert!(names.is_empty(), "not below any more, remove the line `below`: {names:?}");
}

#[test]
fn every_expected_failure_has_a_reason() {
    let groups = all().flat_map(|(_, known)| known.expected);
    let open: Vec<_> =
        groups.filter(|group| group.reason == TODO).map(|group| group.file).collect();
    assert!(open.is_empty(), "look into why these fail, and write down the reason: {open:#?}");
}

#[test]
fn no_failure_in_encoding_is_one_of_utf_8_or_utf_16() {
    let is_utf = |text: &String| {
        let text = text.to_lowercase().replace('-', "");
        text.contains("utf8") || text.contains("utf16")
    };
    let known = Expected::load("encoding");
    assert!(known.subtests > 0, "the directory has been run");
    let concerned: Vec<_> = known
        .expected
        .into_iter()
        .filter(|group| !group.reason.ends_with(NOT_YET))
        .filter(|group| is_utf(&group.file) || group.subtests.iter().flatten().any(is_utf))
        .map(|group| group.file)
        .collect();
    assert!(concerned.is_empty(), "{concerned:#?}");
}
