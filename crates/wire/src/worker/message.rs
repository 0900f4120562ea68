//! The messages between a host (a lease holder) and a worker.

use std::collections::BTreeMap;

use bunbase_manifest::Secrets;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A header: name in lower case, value. A list and not a map, because `set-cookie` comes twice.
pub type Header = (String, String);

/// A message that may have a body, which travels outside of the JSON when it is large.
pub trait Message: Serialize + for<'de> Deserialize<'de> {
    /// How a response is a message, in the direction that has any.
    const OF_RESPONSE: Option<fn(Response) -> Self> = None;
    /// How an invocation is a message, in the direction that has any.
    const OF_INVOKE: Option<fn(Invoke) -> Self> = None;

    /// The message of this `type` in a line. Those that come with each request are read as what they are: by the name alone serde would take a
    /// line apart into values first.
    ///
    /// # Errors
    /// When it is none.
    fn of_type(name: &str, line: &[u8]) -> serde_json::Result<Self>;
    /// The body, for messages that have one.
    fn body(&self) -> Option<&Bytes>;
    /// Where a decoded body goes; `None` for messages that have none.
    fn body_mut(&mut self) -> Option<&mut Bytes>;
}

/// Host to worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToWorker {
    /// Become this function. The first message, sent once, by schedulerd; the bundle is on descriptor 3.
    Load(Load),
    /// Compile a bundle instead, write its bytecode to descriptor 5, and exit.
    Compile(Compile),
    /// Run the handler.
    Invoke(Invoke),
    /// A part of the body of a request that said `more`.
    Chunk(Chunk),
    /// The client of this invocation has gone, or its time is over: abort its signal. No answer is awaited.
    Cancel {
        /// Which invocation.
        id: u64,
    },
    /// So many bytes of this answer's body have been passed on: as many more may come. See [`super::WINDOW`].
    Ack {
        /// Which invocation.
        id: u64,
        /// How many bytes.
        bytes: u64,
    },
    /// Finish what is in flight and exit.
    Shutdown {},
}

/// What a worker needs to know of its function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// [`super::VERSION`] of the sender.
    pub protocol: u32,
    /// The function's name.
    pub function: String,
    /// The version being served, a hash in hex.
    pub version: String,
    /// Bytes of memory that the engine may take.
    pub memory: u64,
    /// Milliseconds of CPU time that one invocation may take; 0 for no limit.
    #[serde(default)]
    pub cpu_time_ms: u64,
    /// The SHA-256 of the bundle, in hex: with it, bytecode is recognised as the bundle's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// The `env` argument of the handler.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Goes before `env`, and out in no log line or error.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: Secrets,
}

/// What is to be compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compile {
    /// [`super::VERSION`] of the sender.
    pub protocol: u32,
    /// The function's name.
    pub function: String,
    /// Bytes of memory that the engine may take.
    pub memory: u64,
}

/// One request for the handler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoke {
    /// Names the invocation on this stream; every message about it carries the number. Never used again.
    pub id: u64,
    /// The request's own id, in every log line of it.
    pub request_id: String,
    /// The HTTP method.
    pub method: String,
    /// The absolute URL that the handler sees, without the `/functions/NAME` prefix.
    pub url: String,
    /// The request's headers.
    pub headers: Vec<Header>,
    /// Milliseconds that the handler has from now.
    pub timeout_ms: u64,
    /// Whether the body goes on in [`Chunk`]s.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// The request's body, or its beginning.
    #[serde(skip)]
    pub body: Bytes,
}

/// Worker to host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromWorker {
    /// The function is loaded; invocations are welcome. Once, and first unless loading failed.
    Ready(Ready),
    /// The handler's answer.
    Response(Response),
    /// A part of the body of an answer that said `more`.
    Chunk(Chunk),
    /// So many bytes of this request's body have been read: as many more may come. See [`super::WINDOW`].
    Ack {
        /// Which invocation.
        id: u64,
        /// How many bytes.
        bytes: u64,
    },
    /// An invocation goes on behind its answer, until `done`.
    Pending {
        /// Which invocation.
        id: u64,
    },
    /// What went on behind an answer is over.
    Done {
        /// Which invocation.
        id: u64,
    },
    /// A line that the function wrote.
    Log(Log),
    /// An invocation failed (`id`), or the worker as a whole (no `id`).
    Error(Failure),
}

/// What the worker can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// [`super::VERSION`] of the worker.
    pub protocol: u32,
    /// Whether large bodies may follow a line as raw bytes.
    #[serde(default)]
    pub raw: bool,
}

/// The handler's answer to one invocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Which invocation.
    pub id: u64,
    /// The HTTP status, 200–599.
    pub status: u16,
    /// The response's headers.
    pub headers: Vec<Header>,
    /// Whether the body goes on in [`Chunk`]s.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// What it has cost, where the worker knows and the body is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Used>,
    /// The response's body, or its beginning.
    #[serde(skip)]
    pub body: Bytes,
}

/// What an invocation has cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Microseconds of CPU time.
    pub cpu_us: u64,
    /// The most bytes that the engine had taken while it ran, those of others in flight included.
    pub memory: u64,
}

/// A part of a body, of a request or of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Which invocation.
    pub id: u64,
    /// Whether another part follows. The last one may be empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// With the last part of an answer: what the invocation has cost, where the worker knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Used>,
    /// The bytes.
    #[serde(skip)]
    pub body: Bytes,
}

/// How much a log line matters: the methods of `console`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// `console.debug`, `console.trace`
    Debug,
    /// `console.log`, `console.info`
    Info,
    /// `console.warn`
    Warn,
    /// `console.error`
    Error,
}

/// A line that the function wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// The invocation that wrote it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// How much it matters.
    pub level: Level,
    /// The text, formatted by the worker.
    pub message: String,
}

/// Why something failed, in terms that do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The bundle could not be loaded: a throw at the top level, no handler, an import that isn't there.
    LoadFailed,
    /// The handler threw, or its promise was rejected.
    Uncaught,
    /// The handler's answer is no response.
    BadResponse,
    /// The handler ran past its deadline and was interrupted.
    Timeout,
    /// The memory limit was reached.
    OutOfMemory,
    /// The handler has used up its CPU time and was interrupted.
    CpuTime,
    /// The host sent something that this worker can't do.
    Protocol,
}

/// Something failed; no `response` will come for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The invocation, or nothing if the worker as a whole failed (it exits then).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// What kind of failure.
    pub code: FailureCode,
    /// The error's message: for the log, never for the HTTP client.
    pub message: String,
    /// The stack, where there is one: for the log, never for the HTTP client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// What the invocation has cost, where the worker knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Used>,
}

impl FromWorker {
    /// The invocation that it is about, if it is about one.
    #[must_use]
    pub fn id(&self) -> Option<u64> {
        match self {
            Self::Ready(_) => None,
            Self::Response(response) => Some(response.id),
            Self::Chunk(chunk) => Some(chunk.id),
            Self::Ack { id, .. } | Self::Pending { id } | Self::Done { id } => Some(*id),
            Self::Log(log) => log.id,
            Self::Error(failure) => failure.id,
        }
    }
}

impl Message for ToWorker {
    const OF_INVOKE: Option<fn(Invoke) -> Self> = Some(Self::Invoke);

    fn of_type(name: &str, line: &[u8]) -> serde_json::Result<Self> {
        match name {
            "invoke" => serde_json::from_slice(line).map(Self::Invoke),
            "chunk" => serde_json::from_slice(line).map(Self::Chunk),
            _ => serde_json::from_slice(line),
        }
    }

    fn body(&self) -> Option<&Bytes> {
        match self {
            Self::Invoke(invoke) => Some(&invoke.body),
            Self::Chunk(chunk) => Some(&chunk.body),
            Self::Load(_)
            | Self::Compile(_)
            | Self::Cancel { .. }
            | Self::Ack { .. }
            | Self::Shutdown {} => None,
        }
    }

    fn body_mut(&mut self) -> Option<&mut Bytes> {
        match self {
            Self::Invoke(invoke) => Some(&mut invoke.body),
            Self::Chunk(chunk) => Some(&mut chunk.body),
            Self::Load(_)
            | Self::Compile(_)
            | Self::Cancel { .. }
            | Self::Ack { .. }
            | Self::Shutdown {} => None,
        }
    }
}

impl Message for FromWorker {
    const OF_RESPONSE: Option<fn(Response) -> Self> = Some(Self::Response);

    fn of_type(name: &str, line: &[u8]) -> serde_json::Result<Self> {
        match name {
            "response" => serde_json::from_slice(line).map(Self::Response),
            "chunk" => serde_json::from_slice(line).map(Self::Chunk),
            "log" => serde_json::from_slice(line).map(Self::Log),
            _ => serde_json::from_slice(line),
        }
    }

    fn body(&self) -> Option<&Bytes> {
        match self {
            Self::Response(response) => Some(&response.body),
            Self::Chunk(chunk) => Some(&chunk.body),
            Self::Ready(_)
            | Self::Ack { .. }
            | Self::Pending { .. }
            | Self::Done { .. }
            | Self::Log(_)
            | Self::Error(_) => None,
        }
    }

    fn body_mut(&mut self) -> Option<&mut Bytes> {
        match self {
            Self::Response(response) => Some(&mut response.body),
            Self::Chunk(chunk) => Some(&mut chunk.body),
            Self::Ready(_)
            | Self::Ack { .. }
            | Self::Pending { .. }
            | Self::Done { .. }
            | Self::Log(_)
            | Self::Error(_) => None,
        }
    }
}
