//! How workers are confined on this machine, as schedulerd has found it.

use serde::{Deserialize, Serialize};

/// One layer of the cage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Its name, as in `accept_missing`.
    pub layer: String,
    /// Whether it is there.
    pub state: LayerState,
    /// How far it goes, or why it is missing: for people.
    pub detail: String,
}

/// Whether a layer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerState {
    /// Each worker is in it.
    InForce,
    /// The kernel refuses it, and the operator accepts that.
    Accepted,
    /// The kernel refuses it: no worker starts.
    Missing,
}
