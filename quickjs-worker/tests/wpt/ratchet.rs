//! The differences between what is known of a directory and what was found in it.

use crate::expected::{Expected, Group};
use crate::found::Found;

/// How many differences of a kind are shown.
const SHOWN: usize = 40;

/// The differences, in words. None means that all is as expected.
pub fn differences(known: &Expected, found: &[Found]) -> Vec<String> {
    let mut differences = regressions(known, found);
    differences.extend(progress(known, found));
    if differences.is_empty() {
        differences.extend(counts(known, found));
    }
    differences
}

/// What fails and is not known to.
fn regressions(known: &Expected, found: &[Found]) -> Vec<String> {
    let failures = found.iter().flat_map(|file| file.failed.iter().map(move |f| (&file.file, f)));
    let new = failures.filter(|(file, (subtest, _))| {
        !known.expected.iter().any(|group| group.covers(file, subtest))
    });
    shown(new.map(|(file, (subtest, why))| format!("FAILS {file}: {subtest}: {why}")))
}

/// What passes, or isn't there, though it is known to fail.
fn progress(known: &Expected, found: &[Found]) -> Vec<String> {
    shown(known.expected.iter().flat_map(|group| {
        match found.iter().find(|file| file.file == group.file) {
            Some(file) => passes(group, file),
            None => vec![format!("GONE {}: there is no such file", group.file)],
        }
    }))
}

fn passes(group: &Group, found: &Found) -> Vec<String> {
    let Some(subtests) = &group.subtests else {
        let passed = (found.passed > 0).then_some(found.passed);
        let line = |passed| format!("PASSES {}: {passed} subtests; none was to", found.file);
        return passed.map(line).into_iter().collect();
    };
    let passes = subtests.iter().filter(|subtest| !found.failed.contains_key(*subtest));
    passes.map(|subtest| format!("PASSES {}: {subtest}", found.file)).collect()
}

fn counts(known: &Expected, found: &[Found]) -> Option<String> {
    let now = known.updated(found);
    let same = (now.passed, now.subtests) == (known.passed, known.subtests);
    (!same).then(|| {
        format!(
            "{} of {} subtests pass, and not {} of {}",
            now.passed, now.subtests, known.passed, known.subtests
        )
    })
}

fn shown(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(format!("… and {more} more"));
    }
    lines
}
