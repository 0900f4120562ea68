//! "Did you mean …?", for names of functions.

use std::time::Duration;

use strsim::damerau_levenshtein;

use crate::args::Globals;
use crate::exit::{Failed, Status};
use crate::socket::connect;

/// More names say less.
const MOST: usize = 3;

/// Longer than this nobody waits for a suggestion.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where a function was not found, asks for those that there are, and names the nearest ones.
pub fn names(failed: Failed, function: Option<&str>, globals: &Globals) -> Failed {
    // Over ssh the question would take another login.
    let wanted = function.filter(|_| failed.status == Status::NotFound && globals.host().is_none());
    let Some(wanted) = wanted else { return failed };
    let all = all(globals);
    let near = nearest(wanted, &all);
    if near.is_empty() {
        failed
    } else {
        failed.hint(format!("did you mean {}?", near.join(" or ")))
    }
}

/// The functions in service; none where that can't be learnt.
pub fn all(globals: &Globals) -> Vec<String> {
    let list = || {
        let mut client = connect(globals).ok()?;
        client.set_timeout(PATIENCE).ok()?;
        client.list().ok()
    };
    let functions = list().map(|answer| answer.functions).unwrap_or_default();
    functions.into_iter().map(|function| function.name.to_string()).collect()
}

/// Nothing where the name is there: then it was something else that was not found.
fn nearest<'a>(wanted: &str, all: &'a [String]) -> Vec<&'a str> {
    let mut near: Vec<(usize, &str)> = all
        .iter()
        .map(|name| (damerau_levenshtein(wanted, name), name.as_str()))
        .filter(|(distance, name)| *distance <= tolerance(wanted) || name.starts_with(wanted))
        .collect();
    near.sort_unstable();
    if near.first().is_some_and(|(distance, _)| *distance == 0) {
        return Vec::new();
    }
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// A letter in three may be wrong.
fn tolerance(name: &str) -> usize {
    name.len().div_ceil(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(wanted: &str) -> Vec<String> {
        let all = ["hello", "hullo", "thumbs", "thumbs-small", "x"].map(str::to_owned);
        nearest(wanted, &all).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn the_nearest_names_come_first_and_far_ones_not_at_all() {
        assert_eq!(near("helo"), ["hello", "hullo"]);
        assert_eq!(near("thum"), ["thumbs", "thumbs-small"]);
        assert!(near("resize").is_empty());
    }

    #[test]
    fn a_name_that_is_there_needs_no_other() {
        assert!(near("hello").is_empty());
    }
}
