//! A verdict on one thing, with what to do about it.

use serde::{Deserialize, Serialize};

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Ok,
    /// It works, and may not always.
    Warning,
    /// Something does not work.
    Problem,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub area: String,
    pub verdict: Verdict,
    pub detail: String,
    pub remedy: Option<String>,
}

impl Check {
    pub fn ok(area: &str, detail: impl Into<String>) -> Self {
        Self { area: area.to_owned(), verdict: Verdict::Ok, detail: detail.into(), remedy: None }
    }

    pub fn warning(area: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { verdict: Verdict::Warning, remedy, ..Self::ok(area, detail) }
    }

    pub fn problem(area: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { verdict: Verdict::Problem, ..Self::warning(area, detail, remedy) }
    }
}

/// For the unit tests of verdicts.
#[cfg(test)]
pub fn verdicts(checks: &[Check]) -> Vec<Verdict> {
    checks.iter().map(|check| check.verdict).collect()
}
