//! The lease protocol on `lease.sock`: how a lease holder (gateway, ipcd) gets workers from schedulerd.
//!
//! A lease is one worker, held by one holder, with all its slots. The worker's stream comes with `granted`
//! as a descriptor; from then on schedulerd sees nothing of what is said on it.

use bunbase_manifest::{ByteSize, Limits, Name, Version};
use serde::{Deserialize, Serialize};

use crate::cage::LayerReport;

/// Names a wish of one holder; chosen by the holder, never used again on its connection.
pub type Ticket = u64;

/// Names a lease; chosen by schedulerd, never used again while it runs.
pub type LeaseId = u64;

/// Names a worker; chosen by schedulerd, never used again while it runs.
pub type WorkerId = u64;

/// Lease holder to schedulerd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ToScheduler {
    /// A worker for this function, please. Answered by `granted` or `refused`; `queued` may come before.
    Acquire {
        /// Names the wish.
        ticket: Ticket,
        /// The function.
        function: Name,
        /// This revision of it, which is not in service yet: to see whether it loads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u64>,
    },
    /// The wish is no longer there. If a grant is already under way it is to be released.
    Cancel {
        /// The wish.
        ticket: Ticket,
    },
    /// The revocation has been seen: nothing new starts on this lease. Its `release` follows.
    Revoking {
        /// The lease.
        lease: LeaseId,
    },
    /// Nothing is in flight on this lease, and its stream stands between two messages.
    Release {
        /// The lease.
        lease: LeaseId,
        /// What the next holder needs to know.
        readiness: Readiness,
        /// Invocations that were begun on it.
        served: u64,
    },
    /// The worker should be replaced: it has served as many invocations as it may, or little of its memory is left. The lease
    /// goes on until it is revoked, which it is when another worker stands ready.
    Worn {
        /// The lease.
        lease: LeaseId,
    },
    /// How are workers confined here? Answered by `cage`.
    Inspect {},
    /// The worker can't be used any more: kill it. The lease ends with it.
    Kill {
        /// The lease.
        lease: LeaseId,
        /// Why, for the log and the metrics.
        reason: KillReason,
    },
}

/// Why a lease holder wants a worker killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KillReason {
    /// An invocation ran past its deadline.
    Timeout,
    /// It wrote something that is no message, or one that had no place.
    Protocol,
    /// The stream ended or broke.
    Lost,
    /// It could not load the function.
    LoadFailed,
    /// The engine's memory limit was reached.
    OutOfMemory,
    /// An invocation used up its CPU time.
    CpuTime,
}

impl KillReason {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::Timeout,
        Self::Protocol,
        Self::Lost,
        Self::LoadFailed,
        Self::OutOfMemory,
        Self::CpuTime,
    ];

    /// The reason as a word of logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Lost => "lost",
            Self::LoadFailed => "load_failed",
            Self::OutOfMemory => "out_of_memory",
            Self::CpuTime => "cpu_time",
        }
    }
}

/// What became of the worker's `ready`, which comes once in its life. schedulerd does not read streams: it
/// passes on what the last holder said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// Nobody has read it yet.
    Unread,
    /// It was read, and large bodies may follow a line as raw bytes.
    Raw,
    /// It was read, and bodies stay in the line.
    Inline,
}

/// Schedulerd to lease holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromScheduler {
    /// Here is a worker. The packet carries its stream as a descriptor.
    Granted(Granted),
    /// Every worker that the function may have is taken; the wish stands in line.
    Queued {
        /// The wish.
        ticket: Ticket,
    },
    /// No worker.
    Refused {
        /// The wish.
        ticket: Ticket,
        /// Why.
        reason: Refused,
    },
    /// How workers are confined: the layers in the order in which they are put on.
    Cage {
        /// The layers.
        layers: Vec<LayerReport>,
        /// How the memory of Bun's workers is bounded: for people.
        bun_memory: String,
    },
    /// Finish what is in flight on this lease, start nothing new, then release it.
    Revoke {
        /// The lease.
        lease: LeaseId,
    },
}

/// A lease, and all that its holder needs to know of function and worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The wish that this fulfils.
    pub ticket: Ticket,
    /// The lease.
    pub lease: LeaseId,
    /// The worker, for logs.
    pub worker: WorkerId,
    /// The worker's process, for logs.
    pub pid: i32,
    /// What became of the worker's `ready`.
    pub readiness: Readiness,
    /// The version that it runs.
    pub version: Version,
    /// Invocations that it takes at once.
    pub concurrency: u32,
    /// What it may use up.
    pub limits: Limits,
    /// The largest request body.
    pub max_body: ByteSize,
    /// Requests that may wait for a slot.
    pub queue: u32,
    /// Invocations after which the worker is worn.
    pub invocations: u64,
}

/// Why there is no worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refused {
    /// Nobody deployed a function of this name.
    #[error("no function of this name is deployed")]
    NoSuchFunction,
    /// The line for this function is as long as it may be.
    #[error("{limit} wait for workers of this function, as many as may")]
    QueueFull {
        /// How long it is.
        limit: u32,
    },
    /// The machine runs as many workers as it may, all of them busy.
    #[error("the machine runs {limit} workers, as many as it may")]
    MachineFull {
        /// How many those are.
        limit: u32,
    },
    /// schedulerd is stopping.
    #[error("the scheduler is stopping")]
    Draining,
    /// The registry did not answer.
    #[error("the registry can't be asked now")]
    RegistryUnavailable,
    /// The worker's process could not be started.
    #[error("a worker could not be started; schedulerd's log says why")]
    SpawnFailed,
}
