//! What functions write, into the log, with what is needed to find it again.

use std::borrow::Cow;
use std::time::Duration;

use bunbase_wire::telemetry::{Line, MAX_MESSAGE};
use bunbase_wire::text::{cut, escaped, harmless};
use bunbase_wire::worker::{Failure, Level, Log, Used};
use tokio::time::Instant;

use crate::Failure as Unanswered;
use crate::books::Terms;

/// Stands for the request of a line that belongs to none.
const NO_REQUEST: &str = "-";

/// Lines of one worker that are kept in a second; a function that floods loses the rest.
pub(crate) const LINES_A_SECOND: u32 = 500;

/// Bytes of them, as they stand in the log.
pub(crate) const BYTES_A_SECOND: usize = 256 << 10;

/// What one worker may still write in this second.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    second: Option<Instant>,
    used: u32,
    bytes: usize,
    dropped: u64,
}

impl Budget {
    /// Whether a line is kept.
    pub(crate) fn allows(&mut self, now: Instant) -> bool {
        if self.is_over(now) {
            (self.second, self.used, self.bytes) = (Some(now), 0, 0);
        }
        let allowed = self.used < LINES_A_SECOND && self.bytes < BYTES_A_SECOND;
        if allowed {
            self.used += 1;
        } else {
            self.dropped += 1;
        }
        allowed
    }

    /// Whether lines have been dropped, and the next one would be, too. The clock is asked in a flood only.
    pub(crate) fn is_spent(&self) -> bool {
        self.dropped > 0 && !self.is_over(Instant::now())
    }

    /// Whether the second for which it was is over.
    fn is_over(&self, now: Instant) -> bool {
        self.second.is_none_or(|begun| now.duration_since(begun) >= Duration::from_secs(1))
    }

    /// A line was not read.
    pub(crate) fn skipped(&mut self) {
        self.dropped += 1;
    }

    /// A line that was kept has taken so much room.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// How many were not, since this was asked last.
    pub(crate) fn take_dropped(&mut self) -> Option<u64> {
        Some(std::mem::take(&mut self.dropped)).filter(|count| *count > 0)
    }
}

/// What a worker said of a failure: the stack, with the message before it where it doesn't begin with that.
pub(crate) fn words(told: &Failure) -> Cow<'_, str> {
    let stack = told.stack.as_deref().unwrap_or_default().trim_end();
    match stack.contains(&told.message) {
        true => stack.into(),
        false => format!("{}\n{stack}", told.message).trim_end().to_owned().into(),
    }
}

/// Where a line comes from.
pub(crate) struct Origin<'a> {
    pub terms: &'a Terms,
}

impl Origin<'_> {
    /// A line of `console.*`.
    /// How much room it takes in the log.
    pub(crate) fn log(&self, log: &Log, request_id: Option<&str>) -> usize {
        let (function, version) = (self.terms.function.as_str(), self.terms.version.short());
        let worker_id = self.terms.worker;
        self.terms.recorder.line(|time_us| self.line(time_us, log, request_id));
        let text = harmless(&log.message, MAX_MESSAGE);
        let request_id = request_id.unwrap_or(NO_REQUEST);
        // A macro's level is fixed where it stands; so there are four.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(target: "function", function, version, worker_id, request_id, "{text}")
            };
        }
        match log.level {
            Level::Debug => line!(debug),
            Level::Info => line!(info),
            Level::Warn => line!(warn),
            Level::Error => line!(error),
        }
        text.len()
    }

    /// As it is kept to be asked for.
    fn line(&self, time_us: i64, log: &Log, request_id: Option<&str>) -> Line {
        let mut message = escaped(&log.message, "\n");
        cut(&mut message, MAX_MESSAGE);
        Line {
            time_us,
            function: self.terms.function.clone(),
            version: self.terms.version.short().to_owned(),
            request_id: request_id.map(str::to_owned),
            worker_id: self.terms.worker,
            level: log.level,
            message,
        }
    }

    /// What an invocation has cost: one that has failed, where everybody sees it.
    pub(crate) fn log_use(&self, used: &Used, request_id: &str, failure: Option<&Unanswered>) {
        let (function, version) = (self.terms.function.as_str(), self.terms.version.short());
        let (worker_id, memory, cpu_us) = (self.terms.worker, used.memory, used.cpu_us);
        macro_rules! line {
            ($level:ident, $outcome:expr) => {
                tracing::$level!(
                    event = "invocation",
                    request_id,
                    function,
                    version,
                    worker_id,
                    cpu_us,
                    memory,
                    outcome = $outcome,
                    "invocation over"
                )
            };
        }
        match failure {
            None => line!(debug, "answered"),
            Some(failure) => line!(info, failure.to_string()),
        }
    }

    /// An uncaught error, with its stack.
    pub(crate) fn log_failure(&self, told: &Failure, request_id: Option<&str>) {
        let message = words(told).into_owned();
        let _ = self.log(&Log { id: told.id, level: Level::Error, message }, request_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_its_lines_a_second_a_worker_loses_them_and_the_loss_is_counted_once() {
        let mut budget = Budget::default();
        let now = Instant::now();
        let kept = (0..LINES_A_SECOND + 7).filter(|_| budget.allows(now)).count();
        assert_eq!(kept, LINES_A_SECOND as usize);
        assert!(budget.allows(now + Duration::from_secs(1)));
        assert_eq!((budget.take_dropped(), budget.take_dropped()), (Some(7), None));
        budget.wrote(BYTES_A_SECOND);
        assert!(!budget.allows(now + Duration::from_millis(1_500)), "few lines, and long ones");
    }
}
