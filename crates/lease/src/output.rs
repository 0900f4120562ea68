//! What functions write, into the log, with what is needed to find it again.

use bunbase_manifest::Name;
use bunbase_wire::worker::{Failure, Level, Log};

use crate::books::Terms;

/// Stands for the request of a line that belongs to none.
const NO_REQUEST: &str = "-";

/// Where a line comes from.
pub(crate) struct Origin<'a> {
    pub function: &'a Name,
    pub terms: &'a Terms,
}

impl Origin<'_> {
    /// A line of `console.*`.
    pub(crate) fn log(&self, log: &Log, request_id: Option<&str>) {
        let (function, version) = (self.function.as_str(), self.terms.version.short());
        let worker_id = self.terms.worker;
        let request_id = request_id.unwrap_or(NO_REQUEST);
        let text = &log.message;
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
    }

    /// An uncaught error, with its stack.
    pub(crate) fn log_failure(&self, told: &Failure, request_id: Option<&str>) {
        let stack = told.stack.as_deref().unwrap_or_default().trim_end();
        // Most stacks begin with the message.
        let message = match stack.contains(&told.message) {
            true => stack.to_owned(),
            false => format!("{}\n{stack}", told.message).trim_end().to_owned(),
        };
        self.log(&Log { id: told.id, level: Level::Error, message }, request_id);
    }
}
