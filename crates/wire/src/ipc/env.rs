//! Variables that are set on the server.

use std::collections::BTreeMap;

use bunbase_manifest::Name;
use serde::{Deserialize, Serialize};

/// `ENV_SET`: these are set, others stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvSetRequest {
    /// The function; it need not be deployed yet.
    pub function: Name,
    /// Values by name.
    pub variables: BTreeMap<String, String>,
}

/// `ENV_REMOVE`: these are set no more. What `function.toml` has of them is in force again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvRemoveRequest {
    /// The function.
    pub function: Name,
    /// Their names.
    pub names: Vec<String>,
}

/// The answer to a change of variables or of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeAnswer {
    /// The function.
    pub function: Name,
    /// The names of those that are not as they were; if there is none, nothing was done.
    pub changed: Vec<String>,
    /// Whether the function is in service. Otherwise its next deploy takes them over.
    pub in_service: bool,
    /// Why the change was put in force without having been seen to load, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<String>,
}

/// Where a variable was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// On the server.
    Server,
    /// In `function.toml`.
    Manifest,
}

/// A variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it was set.
    pub origin: Origin,
    /// Another of this name is in force instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overridden: bool,
}

/// The answer to `ENV_LIST`, by name; of one name, that of the server first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvListAnswer {
    /// The variables.
    pub variables: Vec<Variable>,
}
