//! `BACKUP` and `RESTORE`.

use serde::{Deserialize, Serialize};

/// The answer to `BACKUP`, behind the `CHUNK`s of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupAnswer {
    /// Functions in service that are in it.
    pub functions: u64,
    /// Versions that are in it.
    pub versions: u64,
    /// The bytes of the whole archive.
    pub bytes: u64,
}

/// `RESTORE`; the raw bytes and the `CHUNK`s of the request are the archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestoreRequest {
    /// What is there is replaced. Without it the registry must be empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
}

/// The answer to `RESTORE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreAnswer {
    /// Functions in service now.
    pub functions: u64,
    /// Versions that are stored now.
    pub versions: u64,
    /// When the backup was made, RFC 3339.
    pub created: String,
    /// The release that made it.
    pub release: String,
    /// What somebody should look at, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
