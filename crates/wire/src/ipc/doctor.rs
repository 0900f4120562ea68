//! `DOCTOR`: what only the daemons see of the machine.

use serde::{Deserialize, Serialize};

use crate::cage::LayerReport;

/// The answer to `DOCTOR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoctorAnswer {
    /// The layers of the workers' cage, in the order in which they are put on; none where schedulerd does not answer.
    pub cage: Vec<LayerReport>,
    /// How the memory of Bun's workers is bounded: for people.
    pub bun_memory: String,
    /// Why schedulerd does not answer, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_scheduler: Option<String>,
    /// What ipcd sees of itself; a release before this field says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipcd: Option<IpcdReport>,
}

/// What ipcd sees of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpcdReport {
    /// Its release.
    pub version: String,
    /// Its clock, in seconds since 1970.
    pub unix_time: u64,
    /// How many files it may have open; none where that is not to be learnt.
    pub open_files: Option<u64>,
    /// How many processes its user may have; none where that has no limit.
    pub processes: Option<u64>,
    /// Where its state is; none where that can't be looked at.
    pub state: Option<StateReport>,
}

/// The folder that holds what is durable, and the file system that it is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateReport {
    /// The folder.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// Bytes that ipcd may still write.
    pub free_bytes: u64,
    /// The size of the file system in bytes.
    pub total_bytes: u64,
    /// Files that may still be made.
    pub free_inodes: u64,
    /// Files that there can be; 0 where there is no such limit.
    pub total_inodes: u64,
}
