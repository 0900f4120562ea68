//! The registry protocol on `registry.sock`: how schedulerd learns what ipcd has stored.

use std::collections::BTreeMap;

use bunbase_manifest::{Limits, MAX_SECRETS_BYTES, Manifest, Name, Runtime, Secrets, Version};
use serde::{Deserialize, Serialize};

use crate::packet::MAX_PACKET;

/// The longest packet of ipcd to schedulerd: a function's secrets beside everything else.
pub const MAX_ANSWER: usize = MAX_PACKET + MAX_SECRETS_BYTES;

/// Schedulerd to ipcd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ToRegistry {
    /// What is deployed under this name? One answer comes: `resolved`, `unknown` or `failed`.
    Resolve {
        /// The function.
        function: Name,
        /// This revision of it, in service or not; without it, what is in service.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u64>,
    },
    /// The change is in force: whatever starts from now on is of the new state.
    Applied {
        /// Which change.
        change: u64,
    },
}

/// Ipcd to schedulerd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromRegistry {
    /// What is deployed. The packet carries its files as descriptors, in the order of [`Deployed::files`].
    Resolved(Box<Deployed>),
    /// Nothing is deployed under this name, or there is no such revision.
    Unknown {
        /// The function.
        function: Name,
        /// The revision, if one was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u64>,
    },
    /// The registry could not say; its log says why.
    Failed {
        /// The function.
        function: Name,
        /// The revision, if one was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u64>,
    },
    /// Have this compiled. The packet carries the bundle and where the bytecode is to be written. No answer comes.
    Compile {
        /// The function.
        function: Name,
        /// What it runs on.
        runtime: Runtime,
        /// What compiling may take.
        limits: Limits,
    },
    /// A function was deployed anew or removed, or has to be known because it is to have workers at all times. Answer `applied` when no new work goes to the old version.
    Changed {
        /// Names the change.
        change: u64,
        /// The function.
        function: Name,
    },
}

/// A file of a deployed function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Its code.
    Bundle,
    /// From places in the bundle to those in the user's files.
    SourceMap,
    /// The bundle, compiled.
    Bytecode,
}

/// A deployed function, as schedulerd needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// The version.
    pub version: Version,
    /// Grows with everything that changes how the function runs: a deploy, another environment.
    pub revision: u64,
    /// It was asked for by its revision, and need not be in service.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub candidate: bool,
    /// Its manifest, which has the function's name. Its `env` is empty here; the one in force is beside it.
    pub manifest: Manifest,
    /// The SHA-256 of its bundle, in hex.
    pub bundle: String,
    /// What the packet carries.
    pub files: Vec<FileKind>,
    /// The handler's environment as it is in force: from the manifest and from what was set on the server.
    pub env: BTreeMap<String, String>,
    /// The secrets that go to its workers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: Secrets,
}
