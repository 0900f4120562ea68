//! What a holder of leases reports at once.

use std::collections::BTreeMap;

use bunbase_wire::worker::Level;

use crate::Durations;

/// A line that a function wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Since 1970, in microseconds.
    pub time_us: i64,
    /// Whose.
    pub function: String,
    /// Of which version.
    pub version: String,
    /// During which request, if any.
    pub request_id: Option<String>,
    /// By which worker.
    pub worker_id: u64,
    /// How much it matters.
    pub level: Level,
    /// Its text.
    pub message: String,
}

/// Invocations of one function with one outcome, begun in one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Whose.
    pub function: String,
    /// Since 1970, in minutes.
    pub minute: i64,
    /// A word: 1 to 32 of a–z, 0–9 and "_". Anything else is kept as "other".
    pub outcome: String,
    /// How many waited for a worker to load.
    pub cold_starts: u64,
    /// How many, and how long they took.
    pub durations: Durations,
}

/// What a holder reports at once. Numbers rise; one that is sent again after a lost acknowledgement keeps its number.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The holder's life: a new one for each start of its process.
    pub epoch: String,
    /// Of this batch, in that life, from 1.
    pub number: u64,
    /// What functions wrote.
    pub lines: Vec<Line>,
    /// What invocations became.
    pub counts: Vec<Count>,
    /// Lines of functions that are not kept.
    pub dropped: BTreeMap<String, u64>,
}

impl Batch {
    /// The same without its lines, which are counted as dropped: for a disk that is full.
    pub fn drop_lines(&mut self) {
        for line in self.lines.drain(..) {
            *self.dropped.entry(line.function).or_default() += 1;
        }
    }
}
