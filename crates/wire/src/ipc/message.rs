//! The JSON of each command and answer.

use bunbase_manifest::{Manifest, Name, Version};
use serde::{Deserialize, Serialize};

use crate::worker::Header;

/// `INVOKE`; the raw bytes are the request's body, or its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvokeRequest {
    /// The function.
    pub function: Name,
    /// The HTTP method.
    pub method: String,
    /// Path and query as the handler sees them, beginning with `/`.
    pub path: String,
    /// The request's headers.
    #[serde(default)]
    pub headers: Vec<Header>,
    /// The request's own id; made by ipcd if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The body goes on in `CHUNK`s.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// The answer may come in `CHUNK`s. Without it the answer is one frame, and has the bound of one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
}

/// The answer to `INVOKE`; the raw bytes are the response's body. As a `CHUNK` it is the head of an answer that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvokeAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The response's headers.
    pub headers: Vec<Header>,
    /// The request's own id.
    pub request_id: String,
}

/// `REGISTER_FUNCTION` and `DEPLOY_FUNCTION`; the raw bytes are the bundle, then its source map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeployRequest {
    /// What is deployed.
    pub manifest: Manifest,
    /// How many of the raw bytes are the bundle.
    pub bundle_bytes: u32,
    /// What the deploying person says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Everything is checked that can be without running it, and nothing is done. The answer says what would be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// What a deploy did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The function is new.
    Created,
    /// A new version took over.
    Updated,
    /// This very content is in service already; nothing was done.
    Unchanged,
    /// The version is stored, and another one, or none, is in service.
    Registered,
}

/// The answer to `REGISTER_FUNCTION` and `DEPLOY_FUNCTION`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployAnswer {
    /// The function.
    pub function: Name,
    /// The version that was deployed.
    pub version: Version,
    /// What happened.
    pub outcome: Outcome,
    /// Why it was put in service without having been seen to load, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<String>,
    /// What it took, of a deploy that was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<DeployFigures>,
}

/// What a deploy took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployFigures {
    /// The size of the bundle.
    pub bundle_bytes: u64,
    /// The size of its source map.
    pub source_map_bytes: u64,
    /// The size of what it was compiled to; none if it was not.
    pub bytecode_bytes: Option<u64>,
    /// Until it was checked, in milliseconds.
    pub check_ms: u64,
    /// Until it was compiled.
    pub compile_ms: u64,
    /// Until it was seen to load.
    pub probe_ms: u64,
    /// Until it was in service and in force.
    pub switch_ms: u64,
}

/// `SHOW` and `REMOVE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRequest {
    /// The function.
    pub function: Name,
}

/// A line of `LIST`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionSummary {
    /// The function.
    pub name: Name,
    /// The version in service.
    pub version: Version,
    /// `quickjs` or `bun`.
    pub runtime: String,
    /// When that version was deployed, RFC 3339.
    pub deployed_at: String,
}

/// The answer to `LIST`, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAnswer {
    /// The functions.
    pub functions: Vec<FunctionSummary>,
}

/// The answer to `SHOW`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowAnswer {
    /// The version in service.
    pub version: Version,
    /// When it was deployed, RFC 3339.
    pub deployed_at: String,
    /// What was said at its deploy.
    pub message: Option<String>,
    /// The size of its bundle.
    pub bundle_bytes: u64,
    /// Everything that is decided about it.
    pub manifest: Manifest,
}

/// The answer to `STATUS`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// The release of ipcd.
    pub version: String,
    /// Functions in service.
    pub functions: u64,
    /// Versions that are stored.
    pub versions: u64,
    /// Bytes of the registry.
    pub registry_bytes: u64,
    /// Bytes of all bundles, source maps and bytecode.
    pub bundles_bytes: u64,
    /// Clients that are connected, the one that asks among them.
    pub clients: u64,
    /// Seconds since ipcd has started.
    pub uptime_s: u64,
    /// Whether schedulerd is connected.
    pub scheduler: bool,
}

/// The classes of errors; each is an exit code of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The bytes were no frame (the answer's id is 0, and the session is closed after it), or the payload is not
    /// what the command takes (the session goes on).
    BadRequest,
    /// What was sent is understood and refused.
    Invalid,
    /// The peer may not do this.
    Denied,
    /// There is no such function.
    NotFound,
    /// Somebody else did something else at the same time.
    Conflict,
    /// The function failed.
    FunctionFailed,
    /// The function ran past its deadline.
    TimedOut,
    /// Something that is needed is not there now; trying again may help.
    Unavailable,
    /// A fault of ours; the daemon's log has more.
    Internal,
}

/// The JSON of `ERROR` and `NOT_FOUND`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorAnswer {
    /// The class.
    pub code: ErrorCode,
    /// What happened and what to do, for people.
    pub message: String,
}
