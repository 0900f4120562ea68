//! What functions write, into the log, with what is needed to find it again.

use std::borrow::Cow;
use std::time::Duration;

use bunbase_wire::telemetry::{Line, MAX_MESSAGE};
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

/// Of one of them: what takes more to write harmlessly is cut.
const LONGEST: usize = MAX_MESSAGE - CUT.len();
const CUT: &str = " … (cut)";

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

/// A function's text as it may stand in a log: a line break is an indented line, so that nothing that a function
/// writes looks like a line of ours; other control characters are escaped.
fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| c.is_control() && c != '\t') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(escaped(text, "\n    "))
}

/// With another sign for line breaks, and without control characters but tabs.
fn escaped(text: &str, line_break: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str(line_break),
            '\t' => out.push(c),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    if out.len() > LONGEST {
        out.truncate(out.floor_char_boundary(LONGEST));
        out.push_str(CUT);
    }
    out
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
        let (text, request_id) = (harmless(&log.message), request_id.unwrap_or(NO_REQUEST));
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
        Line {
            time_us,
            function: self.terms.function.clone(),
            version: self.terms.version.short().to_owned(),
            request_id: request_id.map(str::to_owned),
            worker: self.terms.worker,
            level: log.level,
            message: escaped(&log.message, "\n"),
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
        let stack = told.stack.as_deref().unwrap_or_default().trim_end();
        // Most stacks begin with the message.
        let message = match stack.contains(&told.message) {
            true => stack.to_owned(),
            false => format!("{}\n{stack}", told.message).trim_end().to_owned(),
        };
        let _ = self.log(&Log { id: told.id, level: Level::Error, message }, request_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_function_writes_looks_like_a_line_of_ours() {
        assert_eq!(harmless("plain \u{e4}\ttext"), "plain \u{e4}\ttext");
        assert_eq!(
            harmless("a\n2026 INFO forged\r\0\u{1b}[31m"),
            "a\n    2026 INFO forged\\r\\u{0}\\u{1b}[31m"
        );
        assert!(harmless(&"\u{1}".repeat(8000)).len() <= LONGEST + 16);
    }

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
