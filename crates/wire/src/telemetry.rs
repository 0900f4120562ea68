//! The telemetry protocol on `telemetry.sock`: what functions wrote and what invocations became, from lease holders to ipcd.
//!
//! # Layout
//! - [`durations`]: a histogram with fixed buckets

mod durations;

use bunbase_manifest::Name;
use serde::{Deserialize, Serialize};

use crate::worker::Level;

pub use durations::{BOUNDS_US, BUCKETS, Durations};

/// The longest message of a line, in bytes, its cut included. As JSON it is at most twice as long.
pub const MAX_MESSAGE: usize = 16 << 10;

/// Lease holder to ipcd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ToTelemetry {
    /// What has happened. One answer comes: `taken` or `later`. Without an answer it may be sent again on another connection, as it was.
    Report(Report),
    /// All counters, please. One answer comes: `scraped`.
    Scrape {},
}

/// ipcd to lease holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FromTelemetry {
    /// The report is kept, or was before.
    Taken {
        /// Which.
        number: u64,
    },
    /// It could not be kept; it is to be sent again in a while.
    Later {
        /// Which.
        number: u64,
    },
    /// The packet carries a file with Prometheus' text, to be read from its beginning.
    Scraped {},
}

/// What happened at one lease holder. Numbers rise, and a report is counted once, however often it comes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The holder's life: a new one for each start of its process.
    pub epoch: String,
    /// Of this report in that life, from 1.
    pub number: u64,
    /// What functions wrote, in their order.
    pub lines: Vec<Line>,
    /// What invocations became.
    pub counts: Vec<Count>,
    /// Lines that a function wrote and that are not kept: it wrote too many, or nobody took them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
}

/// A line that a function wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Since 1970, in microseconds.
    pub time_us: i64,
    /// Whose.
    pub function: Name,
    /// The first digits of its version.
    pub version: String,
    /// During which request, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// By which worker.
    pub worker_id: u64,
    /// How much it matters.
    pub level: Level,
    /// Its text. No control characters but line breaks and tabs; at most [`MAX_MESSAGE`] bytes.
    pub message: String,
}

/// Invocations of one function with one outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Whose.
    pub function: Name,
    /// When that was reported: since 1970, in minutes.
    pub minute: i64,
    /// What they became.
    pub outcome: Outcome,
    /// How many of them waited for a worker to load.
    pub cold_starts: u64,
    /// How many, and how long they took from the call to the end of the answer.
    pub durations: Durations,
}

/// Lines of one function that are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    /// Whose.
    pub function: Name,
    /// How many.
    pub lines: u64,
}

macro_rules! outcomes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)+) => {
        /// What became of an invocation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Outcome {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl Outcome {
            /// All that there are.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

outcomes! {
    /// The function answered, with a status below 500.
    Ok = "ok",
    /// The function answered, with a status of 500 or more.
    ServerError = "server_error",
    /// Who asked has gone before the end of the answer.
    Cancelled = "cancelled",
    /// There was no worker for it.
    Refused = "refused",
    /// As many waited as may.
    QueueFull = "queue_full",
    /// No worker became free in time.
    QueueTimeout = "queue_timeout",
    /// The request was too large, or broke off.
    BadRequest = "bad_request",
    /// No answer in time.
    Timeout = "timeout",
    /// The handler threw.
    Uncaught = "uncaught",
    /// The handler returned no response.
    BadResponse = "bad_response",
    /// The function could not be loaded.
    LoadFailed = "load_failed",
    /// More memory than it may take.
    OutOfMemory = "out_of_memory",
    /// More CPU time than it may take.
    CpuTime = "cpu_time",
    /// A longer answer than it may give.
    OutputTooLarge = "output_too_large",
    /// The worker died, or spoke nonsense.
    WorkerDied = "worker_died",
    /// Another invocation on its worker went beyond a limit.
    NeighbourStopped = "neighbour_stopped",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{MAX_PACKET, encode};

    #[test]
    fn the_longest_line_fits_into_a_packet_whatever_it_has_in_it() {
        let line = Line {
            time_us: i64::MAX,
            function: "f".repeat(63).parse().expect("a name"),
            version: "0".repeat(12),
            request_id: Some("r".repeat(128)),
            worker_id: u64::MAX,
            level: Level::Error,
            message: "\n".repeat(MAX_MESSAGE),
        };
        let (epoch, number) = ("e".repeat(36), u64::MAX);
        let (counts, dropped) = (Vec::new(), Vec::new());
        let report = Report { epoch, number, lines: vec![line], counts, dropped };
        let packet = encode(&ToTelemetry::Report(report)).expect("a packet");
        assert!(packet.len() < MAX_PACKET / 2 + 1024);
    }

    #[test]
    fn an_outcome_is_its_word() {
        for outcome in Outcome::ALL {
            let json = serde_json::to_value(outcome).expect("a word");
            assert_eq!(json, outcome.as_str());
        }
    }
}
