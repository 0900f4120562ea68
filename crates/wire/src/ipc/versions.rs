//! `VERSIONS` and `ROLLBACK`.

use bunbase_manifest::{Name, Version};
use serde::{Deserialize, Serialize};

/// The most versions that an answer has.
pub const MAX_VERSIONS: usize = 1000;

/// Bytes of what is said of a deployment.
pub const MAX_MESSAGE: usize = 4096;

/// A version of a function. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionSummary {
    /// The version.
    pub version: Version,
    /// When it was stored first, RFC 3339.
    pub created_at: String,
    /// The size of its bundle.
    pub bundle_bytes: u64,
    /// When it was deployed last, RFC 3339; none if it was only registered.
    pub deployed_at: Option<String>,
    /// What was said at that deploy.
    pub message: Option<String>,
    /// Whether it is in service.
    pub in_service: bool,
}

/// The answer to `VERSIONS`: the one stored last comes first, and those before the last [`MAX_VERSIONS`] are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionsAnswer {
    /// The versions.
    pub versions: Vec<VersionSummary>,
}

/// `ROLLBACK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// The function.
    pub function: Name,
    /// The first digits of the version, 4 at least; without it, the version that was in service before the one that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What is said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
