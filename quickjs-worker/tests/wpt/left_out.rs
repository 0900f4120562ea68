//! The files and subtests that are not meant for a function.

use serde::Deserialize;

use crate::case::Case;
use crate::outcome::Outcome;

/// What is left out, with the reasons.
#[derive(Deserialize)]
pub struct LeftOut {
    left_out: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    #[serde(rename = "reason")]
    _reason: String,
    /// Paths, with or without a variant; one that begins with `*` is an end of paths, one that ends with `/` a folder.
    files: Vec<String>,
    /// Only the subtests whose names have one of these in them; otherwise all.
    subtests: Option<Vec<String>>,
}

impl LeftOut {
    /// Those of `left_out.toml`.
    pub fn load() -> Self {
        toml::from_str(include_str!("left_out.toml")).expect("left_out.toml")
    }

    /// Whether a file is left out as a whole.
    pub fn has(&self, case: &Case) -> bool {
        self.left_out.iter().any(|rule| rule.subtests.is_none() && rule.is_about(case))
    }

    /// The outcome without the subtests that are left out.
    pub fn strip(&self, case: &Case, mut outcome: Outcome) -> Outcome {
        let rules = self.left_out.iter().filter(|rule| rule.is_about(case));
        let parts: Vec<&str> =
            rules.flat_map(|rule| &rule.subtests).flatten().map(String::as_str).collect();
        outcome.subtests.retain(|subtest| !parts.iter().any(|part| subtest.name.contains(part)));
        outcome
    }
}

impl Rule {
    fn is_about(&self, case: &Case) -> bool {
        self.files.iter().any(|file| match file.strip_prefix('*') {
            Some(end) => case.path.ends_with(end),
            None if file.ends_with('/') => case.path.starts_with(file),
            None => case.path == *file || case.name == *file,
        })
    }
}
