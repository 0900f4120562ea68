//! Secrets: set, listed by name, removed. No message of ipcd has a value in it.

use bunbase_manifest::Name;
use serde::{Deserialize, Serialize};

/// `SECRET_SET`; the raw bytes are the value. Others stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSetRequest {
    /// The function; it need not be deployed yet.
    pub function: Name,
    /// The secret's name.
    pub name: String,
}

/// `SECRET_REMOVE`: these are set no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRemoveRequest {
    /// The function.
    pub function: Name,
    /// Their names.
    pub names: Vec<String>,
}

/// What is told of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretSummary {
    /// Its name.
    pub name: String,
    /// When it was set, RFC 3339; nothing if it is not, and so is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_at: Option<String>,
    /// `function.toml` requires it: that of the version in service, or else of the last one that is stored.
    pub required: bool,
}

/// The answer to `SECRET_LIST`, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretListAnswer {
    /// Those that are set, and those that are required.
    pub secrets: Vec<SecretSummary>,
}
