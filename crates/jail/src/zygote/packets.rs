//! What goes over a zygote's socket.

use bunbase_manifest::View;
use serde::{Deserialize, Serialize};

use crate::{Cage, Layer};

/// The first packet: what the zygote itself is to do before it forks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Opening {
    pub(super) view: View,
    pub(super) without: Vec<Layer>,
}

/// A fork is wanted. The packet carries a descriptor for each place.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) cage: Cage,
    /// Who it is to be, by the number that the zygote's namespace has for it.
    pub(super) user: Option<u32>,
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
pub(super) const LONGEST: usize = 64 * 1024;
