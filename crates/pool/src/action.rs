//! What the pool wants done.

use bunbase_wire::lease::{LeaseId, Readiness, Refused, WorkerId};

use crate::event::{Deployed, HolderId, Wish};
use crate::target::Target;
use crate::worker::Cause;

/// Something to do, in the order in which it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "what a variant says of itself says what its fields are")]
pub enum Action {
    /// Ask the registry; exactly one of `Resolved`, `Unknown`, `ResolveFailed` is to follow.
    Resolve { target: Target },
    /// Start a worker; exactly one of `Spawned`, `SpawnFailed` is to follow.
    Spawn { worker: WorkerId, target: Target },
    /// Hand the worker's stream to the holder, for so many invocations at most.
    Grant {
        wish: Wish,
        lease: LeaseId,
        worker: WorkerId,
        readiness: Readiness,
        invocations: u64,
        deployed: Deployed,
    },
    /// Tell the holder that it stands in line.
    Queued { wish: Wish },
    /// Tell the holder that it gets none.
    Refuse { wish: Wish, reason: Refused },
    /// Ask the holder for the lease.
    Revoke { holder: HolderId, lease: LeaseId },
    /// Close our end of the stream of a worker that nobody holds: it ends by itself.
    Stop { worker: WorkerId, cause: Cause },
    /// Kill the worker's process.
    Kill { worker: WorkerId, cause: Cause },
    /// The function has neither workers nor wishes: what was learnt of it may be dropped.
    Forget { target: Target },
    /// Tell the registry that a change is in force.
    Applied { change: u64 },
}
