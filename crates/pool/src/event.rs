//! What happens to the pool.

use bunbase_manifest::{Name, Version};
use bunbase_wire::lease::{KillReason, LeaseId, Readiness, Ticket, ToScheduler, WorkerId};

use crate::policy::Policy;
use crate::target::Target;

/// Names a connection of a lease holder; never used again.
pub type HolderId = u64;

/// A wish of a holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wish {
    /// Whose.
    pub holder: HolderId,
    /// Its own name for it.
    pub ticket: Ticket,
}

/// What is in service under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// The version.
    pub version: Version,
    /// Changes whenever workers of before must go.
    pub revision: u64,
    /// The numbers from its manifest.
    pub policy: Policy,
}

/// Something that happened, in the order in which it did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "what a variant says of itself says what its fields are")]
pub enum Event {
    /// A holder wants a worker.
    Acquire { wish: Wish, target: Target },
    /// It no longer does.
    Cancel { wish: Wish },
    /// It starts nothing new on this lease.
    Revoking { holder: HolderId, lease: LeaseId },
    /// Its worker is to be replaced: it has served for long enough, or has little memory left.
    Worn { holder: HolderId, lease: LeaseId },
    /// It gives the lease back, with nothing in flight, after so many invocations.
    Release { holder: HolderId, lease: LeaseId, readiness: Readiness, served: u64 },
    /// The worker of this lease can't be used any more.
    Kill { holder: HolderId, lease: LeaseId, reason: KillReason },
    /// Its connection has ended.
    HolderGone { holder: HolderId },
    /// The registry's answer: this is deployed.
    Resolved { target: Target, deployed: Deployed },
    /// The registry's answer: nothing is.
    Unknown { target: Target },
    /// The registry could not answer.
    ResolveFailed { target: Target },
    /// A function has changed, or is to be known: the registry says so, and wants to hear when that is in force.
    Changed { function: Name, change: u64 },
    /// The connection to the registry is a new one.
    Reconnected,
    /// The worker's process runs.
    Spawned { worker: WorkerId },
    /// It could not be started.
    SpawnFailed { worker: WorkerId },
    /// It has ended and is reaped.
    Exited { worker: WorkerId },
    /// Time has passed.
    Tick,
    /// schedulerd is to stop.
    Drain,
}

impl Event {
    /// What a holder has said; `None` for a question that is not the pool's.
    #[must_use]
    pub fn said(holder: HolderId, message: ToScheduler) -> Option<Self> {
        Some(match message {
            ToScheduler::Inspect {} => return None,
            ToScheduler::Acquire { ticket, function, revision } => {
                let target = Target { function, revision };
                Self::Acquire { wish: Wish { holder, ticket }, target }
            }
            ToScheduler::Cancel { ticket } => Self::Cancel { wish: Wish { holder, ticket } },
            ToScheduler::Revoking { lease } => Self::Revoking { holder, lease },
            ToScheduler::Worn { lease } => Self::Worn { holder, lease },
            ToScheduler::Release { lease, readiness, served } => {
                Self::Release { holder, lease, readiness, served }
            }
            ToScheduler::Kill { lease, reason } => Self::Kill { holder, lease, reason },
        })
    }
}
