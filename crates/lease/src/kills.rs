//! What has been ended before it was done.

use std::collections::BTreeMap;

use bunbase_wire::lease::KillReason;

/// An answer had more bytes than it may: the invocation is ended, its worker goes on.
pub(crate) const OUTPUT: &str = "output";

/// How many workers, and invocations, have been ended before they were done, by reason.
#[derive(Debug, Clone)]
pub struct Kills(BTreeMap<&'static str, u64>);

impl Default for Kills {
    /// None, for each reason that there is.
    fn default() -> Self {
        let reasons = KillReason::ALL.map(KillReason::as_str).into_iter().chain([OUTPUT]);
        Self(reasons.map(|reason| (reason, 0)).collect())
    }
}

impl Kills {
    /// One more.
    pub(crate) fn count(&mut self, reason: &'static str) {
        *self.0.entry(reason).or_default() += 1;
    }

    /// Each reason, and how many.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(reason, count)| (*reason, *count))
    }
}
