//! What goes over a zygote's socket.

use bunbase_manifest::{Limits, Runtime};
use serde::{Deserialize, Serialize};

/// A fork is wanted. The packet carries a descriptor for each place.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) runtime: Runtime,
    pub(super) limits: Limits,
    /// The numbers that the descriptors have in the child.
    pub(super) places: Vec<i32>,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// The child's number.
    Forked(i32),
    /// The errno of the call that failed.
    Failed(i32),
}

/// More descriptors than this go to no worker.
pub(super) const MOST_DESCRIPTORS: usize = 8;

/// More bytes than this has no packet here.
pub(super) const LONGEST: usize = 4096;
