//! What goes into an invocation and what comes out.

use std::time::Duration;

use bunbase_manifest::{ByteSize, Millis, Name};
use bunbase_wire::lease::Refused;
use bunbase_wire::worker::{Head, Header};
use bytes::Bytes;
use http::HeaderValue;

use crate::{Body, Upload};

/// The longest id of a request that is taken over from a caller.
const MAX_REQUEST_ID: usize = 128;

/// One request for a function.
#[derive(Debug)]
pub struct Call {
    /// The function.
    pub function: Name,
    /// The request's own id, for logs.
    pub request_id: String,
    /// The HTTP method, the absolute URL as the handler sees it, and the request's headers.
    pub head: Head,
    /// The request's body, or its beginning.
    pub body: Bytes,
    /// What is to come of it.
    pub upload: Option<Upload>,
}

/// A header's value, of which the worker protocol has a character for each byte, as HTTP has it.
#[must_use]
pub fn header_value(text: &str) -> Option<HeaderValue> {
    if text.is_ascii() {
        return HeaderValue::from_str(text).ok();
    }
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    HeaderValue::from_maybe_shared(Bytes::from(bytes?)).ok()
}

/// Whether a caller's own id for a request is taken over: it stands in every log line.
#[must_use]
pub fn is_request_id(text: &str) -> bool {
    let sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    (1..=MAX_REQUEST_ID).contains(&text.len()) && text.bytes().all(sign)
}

impl Call {
    /// Bytes of the body, as many as it has at least.
    pub(crate) fn body_size(&self) -> u64 {
        let coming = self.upload.as_ref().map_or(0, Upload::length);
        self.body.len() as u64 + coming
    }

    /// The URL and the headers together, in bytes.
    pub(crate) fn head_size(&self) -> usize {
        self.head.size() + self.request_id.len()
    }
}

/// A function's answer.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status, 200–599.
    pub status: u16,
    /// The response's headers.
    pub headers: Vec<Header>,
    /// The response's body.
    pub body: Body,
    /// How long it took.
    pub timings: Timings,
}

/// Where the time of a call went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Until a slot was free.
    pub queue: Duration,
    /// From then to the answer, or to its head.
    pub run: Duration,
}

/// Why there is no answer. Each is one line of the HTTP error table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// schedulerd gave no worker.
    #[error("no worker: {0}")]
    Refused(Refused),
    /// As many requests wait for this function as may.
    #[error("{limit} requests wait for this function, which is its limit (scale.queue)")]
    QueueFull {
        /// How many may.
        limit: u32,
    },
    /// No slot became free in time.
    #[error("no worker became free within {limit} (limits.timeout)")]
    QueueTimeout {
        /// How long it waited.
        limit: Millis,
    },
    /// The request's body is larger than the function takes.
    #[error("the body has more than {limit} (http.max_body)")]
    BodyTooLarge {
        /// What it takes.
        limit: ByteSize,
    },
    /// The client broke the request's body off.
    #[error("the request's body broke off")]
    BodyBrokenOff,
    /// The URL and the headers together are longer than a worker takes.
    #[error("the URL and the headers have more than {limit} together")]
    HeadTooLarge {
        /// What it takes.
        limit: ByteSize,
    },
    /// No answer in time; the worker was killed.
    #[error("no answer within {limit} (limits.timeout)")]
    Timeout {
        /// The function's timeout.
        limit: Millis,
    },
    /// The handler threw. The stack is in the log.
    #[error("the handler threw")]
    Uncaught,
    /// What the handler returned is no response.
    #[error("the handler returned no Response")]
    BadResponse,
    /// The bundle could not be loaded. The stack is in the log.
    #[error("the function could not be loaded")]
    LoadFailed,
    /// The function took more memory than it may.
    #[error("the worker ran out of memory, of which it has {limit} (limits.memory)")]
    OutOfMemory {
        /// How much it may take.
        limit: ByteSize,
    },
    /// The invocation took more CPU time than it may.
    #[error("the invocation used up its CPU time of {limit} (limits.cpu_time)")]
    CpuTime {
        /// How much it may take.
        limit: Millis,
    },
    /// The answer has more bytes than it may.
    #[error("the answer has more than {limit} (limits.output)")]
    OutputTooLarge {
        /// How many it may have.
        limit: ByteSize,
    },
    /// The worker's process ended, or its stream broke.
    #[error("the worker died")]
    WorkerDied,
    /// The worker wrote something that is no message, or one that had no place.
    #[error("the worker answered nonsense")]
    Nonsense,
    /// The worker was stopped because another invocation on it went beyond a limit; this one had begun.
    #[error(
        "the worker was stopped because another request on it went beyond a limit; with scale.concurrency = 1 none has neighbours"
    )]
    NeighbourStopped,
}
