//! One worker's life: a total table of states and events.
//!
//! ```text
//! STARTING → WARM → BUSY ⇄ IDLE → TERMINATED
//! ```
//! The table is printed into docs/worker-states.md by a test.

use std::time::Instant;

use bunbase_wire::lease::{KillReason, LeaseId, Readiness};

use crate::event::HolderId;

/// Why a worker ended, for logs and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Its holder asked for it.
    Holder(KillReason),
    /// Its holder went away with work in flight.
    HolderGone,
    /// It had nothing to do for long enough.
    IdleTimeout,
    /// Another version took its place, or the function was removed.
    Superseded,
    /// Another function needed its place.
    Evicted,
    /// It was replaced: for its age, for what it had served, or for its memory.
    Worn,
    /// schedulerd is stopping.
    Draining,
    /// It did not stop when told to.
    Stubborn,
}

impl Cause {
    /// Whether it could not begin.
    #[must_use]
    pub fn is_failed_load(self) -> bool {
        self == Self::Holder(KillReason::LoadFailed)
    }

    /// Whether the function went beyond its limits.
    pub fn is_excess(self) -> bool {
        matches!(
            self,
            Self::Holder(KillReason::Timeout | KillReason::CpuTime | KillReason::OutOfMemory)
        )
    }
}

/// Its process is being started.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Starting {
    /// It is not wanted any more; it goes as soon as it has come.
    doomed: Option<Cause>,
}

/// It runs, and nobody has held it yet: its `ready` is unread.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Warm {
    since: Instant,
}

/// A holder has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Busy {
    /// Which lease.
    pub lease: LeaseId,
    /// Whose.
    pub holder: HolderId,
    /// Since when.
    pub since: Instant,
    /// The holder was asked for it.
    pub revoked: bool,
    /// And has said that it starts nothing new on it.
    pub yielding: bool,
}

/// It was held and given back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Idle {
    since: Instant,
    readiness: Readiness,
}

/// It is ending or has ended. Final: it only waits to be reaped.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Terminated {
    /// Since when.
    pub since: Instant,
    /// Why.
    pub cause: Cause,
    /// SIGKILL was sent; before that it was only told to stop.
    pub killed: bool,
}

/// A worker's state; each owns what exists only in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum State {
    /// See [`Starting`].
    Starting(Starting),
    /// See [`Warm`].
    Warm(Warm),
    /// See [`Busy`].
    Busy(Busy),
    /// See [`Idle`].
    Idle(Idle),
    /// See [`Terminated`].
    Terminated(Terminated),
}

/// What happens to one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "what a variant says of itself says what its fields are")]
pub enum Input {
    /// Its process runs.
    Spawned,
    /// It is given to a holder.
    Assign { lease: LeaseId, holder: HolderId },
    /// Its holder is to give it back.
    Revoke,
    /// Its holder starts nothing new on it.
    Yield,
    /// Its holder gives it back.
    Release(Readiness),
    /// It is no longer wanted; whoever holds it may finish.
    Retire(Cause),
    /// It must go at once.
    Kill(Cause),
    /// It was told to stop long enough ago.
    GraceOver,
}

/// What has to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "what a variant says of itself says what its fields are")]
pub enum Effect {
    /// Nothing.
    None,
    /// Ask the holder for the lease.
    Revoke { lease: LeaseId, holder: HolderId },
    /// Close our end of its stream.
    Stop(Cause),
    /// Send SIGKILL.
    Kill(Cause),
}

impl Busy {
    fn new(lease: LeaseId, holder: HolderId, now: Instant) -> Self {
        Self { lease, holder, since: now, revoked: false, yielding: false }
    }

    fn release(self, readiness: Readiness, now: Instant) -> Idle {
        Idle { since: now, readiness }
    }

    fn revoke(self) -> (Self, Effect) {
        let effect = match self.revoked {
            true => Effect::None,
            false => Effect::Revoke { lease: self.lease, holder: self.holder },
        };
        (Self { revoked: true, ..self }, effect)
    }
}

impl State {
    /// A worker whose process was just ordered.
    #[must_use]
    pub fn new() -> Self {
        Self::Starting(Starting { doomed: None })
    }

    /// Since when it has had nothing to do.
    #[must_use]
    pub fn free_since(&self) -> Option<Instant> {
        match self {
            Self::Warm(warm) => Some(warm.since),
            Self::Idle(idle) => Some(idle.since),
            Self::Starting(_) | Self::Busy(_) | Self::Terminated(_) => None,
        }
    }

    /// What became of its `ready`.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        match self {
            Self::Idle(idle) => idle.readiness,
            Self::Starting(_) | Self::Warm(_) | Self::Busy(_) | Self::Terminated(_) => {
                Readiness::Unread
            }
        }
    }

    /// Whether it runs and nobody has held it yet.
    #[must_use]
    pub fn is_unused(&self) -> bool {
        matches!(self, Self::Warm(_))
    }

    /// Whether it is on its way to serve.
    #[must_use]
    pub fn is_coming(&self) -> bool {
        matches!(self, Self::Starting(Starting { doomed: None }))
    }

    /// Whether it counts as one of its function's workers.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self, Self::Terminated(_) | Self::Starting(Starting { doomed: Some(_) }))
    }

    /// The state after `input`, and what to do. Every state answers every input.
    #[must_use]
    pub fn step(self, input: Input, now: Instant) -> (Self, Effect) {
        match self {
            Self::Starting(starting) => starting.step(input, now),
            Self::Warm(warm) => step_free(Self::Warm(warm), input, now),
            Self::Busy(busy) => busy.step(input, now),
            Self::Idle(idle) => step_free(Self::Idle(idle), input, now),
            Self::Terminated(terminated) => terminated.step(input),
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

fn stopped(cause: Cause, now: Instant) -> (State, Effect) {
    (State::Terminated(Terminated { since: now, cause, killed: false }), Effect::Stop(cause))
}

fn killed(cause: Cause, now: Instant) -> (State, Effect) {
    (State::Terminated(Terminated { since: now, cause, killed: true }), Effect::Kill(cause))
}

impl Starting {
    fn step(self, input: Input, now: Instant) -> (State, Effect) {
        match (input, self.doomed) {
            (Input::Spawned, None) => (State::Warm(Warm { since: now }), Effect::None),
            (Input::Spawned, Some(cause)) => stopped(cause, now),
            (Input::Retire(cause) | Input::Kill(cause), None) => {
                (State::Starting(Self { doomed: Some(cause) }), Effect::None)
            }
            (Input::Retire(_) | Input::Kill(_), Some(_))
            | (
                Input::Assign { .. }
                | Input::Revoke
                | Input::Yield
                | Input::Release(_)
                | Input::GraceOver,
                _,
            ) => (State::Starting(self), Effect::None),
        }
    }
}

/// What a worker that nobody holds answers, never held (`WARM`) or given back (`IDLE`).
fn step_free(unchanged: State, input: Input, now: Instant) -> (State, Effect) {
    match input {
        Input::Assign { lease, holder } => {
            (State::Busy(Busy::new(lease, holder, now)), Effect::None)
        }
        Input::Retire(cause) => stopped(cause, now),
        Input::Kill(cause) => killed(cause, now),
        Input::Spawned | Input::Revoke | Input::Yield | Input::Release(_) | Input::GraceOver => {
            (unchanged, Effect::None)
        }
    }
}

impl Busy {
    fn step(self, input: Input, now: Instant) -> (State, Effect) {
        match input {
            Input::Release(readiness) => (State::Idle(self.release(readiness, now)), Effect::None),
            Input::Revoke | Input::Retire(_) => {
                let (busy, effect) = self.revoke();
                (State::Busy(busy), effect)
            }
            Input::Yield => {
                (State::Busy(Self { revoked: true, yielding: true, ..self }), Effect::None)
            }
            Input::Kill(cause) => killed(cause, now),
            Input::Spawned | Input::Assign { .. } | Input::GraceOver => {
                (State::Busy(self), Effect::None)
            }
        }
    }
}

impl Terminated {
    fn step(self, input: Input) -> (State, Effect) {
        match (input, self.killed) {
            (Input::GraceOver | Input::Kill(_), false) => {
                (State::Terminated(Self { killed: true, ..self }), Effect::Kill(Cause::Stubborn))
            }
            (Input::GraceOver | Input::Kill(_), true)
            | (
                Input::Spawned
                | Input::Assign { .. }
                | Input::Revoke
                | Input::Yield
                | Input::Release(_)
                | Input::Retire(_),
                _,
            ) => (State::Terminated(self), Effect::None),
        }
    }
}

#[cfg(test)]
mod table;
