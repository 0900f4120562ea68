//! Bodies that come in parts: `CHUNK`, `ACK`, `CANCEL`.

use serde::{Deserialize, Serialize};

/// Raw bytes of `CHUNK`s that may be under way, for each request and direction, before one is acknowledged.
pub const WINDOW: usize = 256 << 10;

/// `CHUNK` from a client: a part of its request's body; the raw bytes are the part. And from ipcd: a part of INVOKE's answer behind
/// its head, and the end of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// No further part of the request's body comes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
}

/// `ACK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledged {
    /// Raw bytes that were taken since the last `ACK`.
    pub bytes: u64,
}
