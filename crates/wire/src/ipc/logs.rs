//! `GET_LOGS`.

use bunbase_manifest::Name;
use serde::{Deserialize, Serialize};

use crate::worker::Level;

/// The most lines that may be asked for.
pub const MAX_LINES: u32 = 10_000;

/// `GET_LOGS`: lines that functions wrote. They come as the raw bytes of `CHUNK`s, a [`LogLine`] as JSON and a newline each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogsRequest {
    /// Of this function only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<Name>,
    /// Of this request only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// That matter at least so much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Written then or later, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Written before then, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// With a higher id; the oldest of them come. Without it the newest of all come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
    /// So many at most, besides those that come while they are followed.
    #[serde(default = "default_limit")]
    pub limit: u32,
    /// The answer goes on with lines as they are written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follow: bool,
}

fn default_limit() -> u32 {
    100
}

impl Default for LogsRequest {
    /// The last hundred lines of all functions.
    fn default() -> Self {
        Self {
            function: None,
            request_id: None,
            level: None,
            since: None,
            until: None,
            after: None,
            limit: default_limit(),
            follow: false,
        }
    }
}

/// A line that a function wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its place in the log: rises, and is never given twice.
    pub id: i64,
    /// When it was written, RFC 3339 in UTC with microseconds.
    pub time: String,
    /// How much it matters.
    pub level: Level,
    /// The function.
    pub function: String,
    /// Its version.
    pub version: String,
    /// The worker.
    pub worker_id: u64,
    /// The request during which it was written, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Its text, with line breaks and tabs; other control characters are escaped.
    pub message: String,
}
