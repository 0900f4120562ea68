//! The pool: which worker serves whom. A pure state machine: events and the time come in, actions come out;
//! no I/O, no clock, no tasks.
//!
//! # Layout
//! - [`event`], [`action`]: what comes in and what goes out
//! - [`target`]: what somebody wants workers of
//! - [`worker`]: one worker's states
//! - [`policy`]: the numbers that it goes by
//! - [`function`]: what is known of a function, its workers, who waits for it
//! - [`holders`]: what lease holders say; [`processes`]: what becomes of processes
//! - [`change`]: what the registry says: deploys, and when they are in force
//! - [`schedule`]: granting and starting; [`room`]: when the machine is full
//! - [`upkeep`]: the minimum, replacements, timers

pub mod action;
mod change;
pub mod event;
mod function;
mod holders;
pub mod policy;
mod processes;
mod room;
mod schedule;
pub mod target;
mod upkeep;
pub mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use bunbase_wire::lease::{LeaseId, Refused, WorkerId};

use action::Action;
use change::Changes;
use event::{Event, Wish};
use function::{Function, Worker};
use policy::Bounds;
use target::Target;
use worker::{Cause, Effect, Input};

/// All workers and all wishes.
#[derive(Debug, Clone)]
pub struct Pool {
    bounds: Bounds,
    functions: BTreeMap<Target, Function>,
    /// What each process is of, until it is reaped.
    owners: BTreeMap<WorkerId, Target>,
    leases: BTreeMap<LeaseId, WorkerId>,
    changes: Changes,
    /// Those that somebody waits for.
    waiting: BTreeSet<Target>,
    /// Those that have fewer workers than they are to keep, for want of room.
    short: BTreeSet<Target>,
    /// When to look at which of them again.
    timers: BTreeSet<(Instant, Target)>,
    /// Those that the event is about.
    touched: BTreeSet<Target>,
    last_worker: WorkerId,
    last_lease: LeaseId,
    last_wish: u64,
    draining: bool,
    now: Instant,
    actions: Vec<Action>,
}

impl Pool {
    /// An empty pool.
    #[must_use]
    pub fn new(bounds: Bounds, now: Instant) -> Self {
        Self {
            bounds,
            functions: BTreeMap::new(),
            owners: BTreeMap::new(),
            leases: BTreeMap::new(),
            changes: Changes::default(),
            waiting: BTreeSet::new(),
            short: BTreeSet::new(),
            timers: BTreeSet::new(),
            touched: BTreeSet::new(),
            last_worker: 0,
            last_lease: 0,
            last_wish: 0,
            draining: false,
            now,
            actions: Vec::new(),
        }
    }

    /// Takes in what happened and says what to do about it.
    #[must_use]
    pub fn handle(&mut self, event: Event, now: Instant) -> Vec<Action> {
        self.now = now;
        let was_full = self.is_full();
        self.take(event);
        self.schedule(was_full);
        self.settle();
        self.actions.extend(self.changes.in_force().map(|change| Action::Applied { change }));
        std::mem::take(&mut self.actions)
    }

    /// When the next `Tick` is due, if nothing else happens.
    #[must_use]
    pub fn next_tick(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// How many functions something is known of.
    #[must_use]
    pub fn functions(&self) -> usize {
        self.functions.len()
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Acquire { wish, target } => self.acquire(wish, target),
            Event::Cancel { wish } => self.cancel(wish),
            Event::Revoking { holder, lease } => self.revoking(holder, lease),
            Event::Worn { holder, lease } => self.worn(holder, lease),
            Event::Release { holder, lease, readiness, served } => {
                self.release(holder, lease, readiness, served);
            }
            Event::Kill { holder, lease, reason } => {
                self.kill(holder, lease, Cause::Holder(reason));
            }
            Event::HolderGone { holder } => self.holder_gone(holder),
            Event::Resolved { target, deployed } => self.resolved(&target, deployed),
            Event::Unknown { target } => self.unresolved(&target),
            Event::ResolveFailed { target } => self.resolve_failed(&target),
            Event::Changed { function, change } => self.changed(function, change),
            Event::Reconnected => self.reconnected(),
            Event::Spawned { worker } => self.spawned(worker),
            Event::SpawnFailed { worker } => self.spawn_failed(worker),
            Event::Exited { worker } => self.exited(worker),
            Event::Tick => self.tick(),
            Event::Drain => self.drain(),
        }
    }

    /// Runs a worker's state machine and turns its effect into an action.
    fn step(&mut self, id: WorkerId, input: Input) {
        let now = self.now;
        let Some(worker) = self.worker_mut(id) else { return };
        let (state, effect) = std::mem::take(&mut worker.state).step(input, now);
        worker.state = state;
        let action = match effect {
            Effect::None => return,
            Effect::Revoke { lease, holder } => Action::Revoke { holder, lease },
            Effect::Stop(cause) => Action::Stop { worker: id, cause },
            Effect::Kill(cause) => Action::Kill { worker: id, cause },
        };
        self.actions.push(action);
    }

    fn step_if_free(&mut self, id: WorkerId, cause: Cause) {
        if self.worker(id).is_some_and(|worker| worker.state.free_since().is_some()) {
            self.step(id, Input::Retire(cause));
        }
    }

    fn worker(&self, id: WorkerId) -> Option<&Worker> {
        self.functions.get(self.owners.get(&id)?)?.workers.get(&id)
    }

    /// Whoever changes a worker has its function looked at afterwards.
    fn worker_mut(&mut self, id: WorkerId) -> Option<&mut Worker> {
        let target = self.owners.get(&id)?;
        self.touched.insert(target.clone());
        self.functions.get_mut(target)?.workers.get_mut(&id)
    }

    fn is_full(&self) -> bool {
        self.owners.len() >= self.bounds.workers as usize
    }

    fn touch(&mut self, target: &Target) {
        self.touched.insert(target.clone());
    }

    fn end_lease(&mut self, lease: LeaseId) {
        self.leases.remove(&lease);
        self.changes.lease_ends(lease);
    }

    fn refuse(&mut self, wish: Wish, reason: Refused) {
        self.actions.push(Action::Refuse { wish, reason });
    }

    fn refuse_all(&mut self, target: &Target, reason: &Refused) {
        self.touch(target);
        let Some(function) = self.functions.get_mut(target) else { return };
        for waiting in std::mem::take(&mut function.waiting) {
            self.refuse(waiting.wish, reason.clone());
        }
    }
}

#[cfg(test)]
mod tests;
