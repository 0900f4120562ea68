//! The invocations of one lease that are over and have not been reported.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use bunbase_wire::telemetry::{Durations, Outcome};

/// Invocations with one outcome.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tallied {
    /// How many of them waited for a worker to load.
    pub cold_starts: u64,
    /// How many, and how long they took.
    pub durations: Durations,
}

impl Tallied {
    pub(crate) fn add(&mut self, took: Duration, cold: bool) {
        self.cold_starts += u64::from(cold);
        self.durations.add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.cold_starts = self.cold_starts.saturating_add(other.cold_starts);
        self.durations.merge(&other.durations);
    }
}

/// Invocations of one lease, by outcome. Mostly there is one.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    by_outcome: RefCell<Vec<(Outcome, Tallied)>>,
    /// There is something since the last [`Tally::take`].
    new: Cell<bool>,
}

impl Tally {
    /// One more. True for the first one since the last [`Tally::take`].
    pub(crate) fn add(&self, outcome: Outcome, took: Duration, cold: bool) -> bool {
        let mut all = self.by_outcome.borrow_mut();
        let at = all.iter().position(|(of, _)| *of == outcome).unwrap_or_else(|| {
            all.push((outcome, Tallied::default()));
            all.len() - 1
        });
        all[at].1.add(took, cold);
        !self.new.replace(true)
    }

    /// All of it; what comes now is new.
    pub(crate) fn take(&self, mut to: impl FnMut(Outcome, &Tallied)) {
        self.new.set(false);
        for (outcome, tallied) in self.by_outcome.borrow_mut().iter_mut() {
            let taken = std::mem::take(tallied);
            if taken.durations.count() > 0 {
                to(*outcome, &taken);
            }
        }
    }
}
