//! The pool: which worker serves whom. A pure state machine: events and the time come in, actions come out;
//! no I/O, no clock, no tasks.
//!
//! # Layout
//! - [`event`], [`action`]: what comes in and what goes out
//! - [`worker`]: one worker's states
//! - [`policy`]: the numbers that it goes by
//! - [`function`]: what is known of a function, who waits for it
//! - [`schedule`]: granting, starting, evicting
//! - [`change`]: deploys, and when they are in force

pub mod action;
mod change;
pub mod event;
mod function;
pub mod policy;
mod schedule;
pub mod worker;

use std::collections::BTreeMap;
use std::time::Instant;

use bunbase_manifest::Name;
use bunbase_wire::lease::{LeaseId, Readiness, Refused, WorkerId};

use action::Action;
use change::Changes;
use event::{Event, HolderId, Wish};
use function::{Function, Knowledge};
use policy::Bounds;
use worker::{Cause, Effect, Input, State};

/// A worker and what it runs.
#[derive(Debug, Clone)]
struct Worker {
    function: Name,
    revision: u64,
    state: State,
}

/// All workers and all wishes.
#[derive(Debug)]
pub struct Pool {
    bounds: Bounds,
    functions: BTreeMap<Name, Function>,
    workers: BTreeMap<WorkerId, Worker>,
    leases: BTreeMap<LeaseId, WorkerId>,
    changes: Changes,
    last_worker: WorkerId,
    last_lease: LeaseId,
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
            workers: BTreeMap::new(),
            leases: BTreeMap::new(),
            changes: Changes::default(),
            last_worker: 0,
            last_lease: 0,
            draining: false,
            now,
            actions: Vec::new(),
        }
    }

    /// Takes in what happened and says what to do about it.
    #[must_use]
    pub fn handle(&mut self, event: Event, now: Instant) -> Vec<Action> {
        self.now = now;
        match event {
            Event::Acquire { wish, function } => self.acquire(wish, function),
            Event::Cancel { wish } => self.cancel(wish),
            Event::Revoking { holder, lease } => self.revoking(holder, lease),
            Event::Release { holder, lease, readiness } => self.release(holder, lease, readiness),
            Event::Kill { holder, lease, reason } => {
                self.kill(holder, lease, Cause::Holder(reason))
            }
            Event::HolderGone { holder } => self.holder_gone(holder),
            Event::Resolved { function, deployed } => self.resolved(&function, deployed),
            Event::Unknown { function } => self.unresolved(&function, &Refused::NoSuchFunction),
            Event::ResolveFailed { function } => self.resolve_failed(&function),
            Event::Changed { function, change } => self.changed(&function, change),
            Event::Spawned { worker } => self.spawned(worker),
            Event::SpawnFailed { worker } => self.spawn_failed(worker),
            Event::Exited { worker } => self.exited(worker),
            Event::Tick => self.tick(),
            Event::Drain => self.drain(),
        }
        self.schedule();
        self.actions.extend(self.changes.in_force().map(|change| Action::Applied { change }));
        std::mem::take(&mut self.actions)
    }

    /// When the next `Tick` is due, if nothing else happens.
    #[must_use]
    pub fn next_tick(&self) -> Option<Instant> {
        self.workers.values().filter_map(|worker| self.due(worker)).min()
    }

    /// Names of the functions that something is known of.
    pub fn functions(&self) -> impl Iterator<Item = &Name> {
        self.functions.keys()
    }

    fn acquire(&mut self, wish: Wish, name: Name) {
        if self.draining {
            return self.refuse(wish, Refused::Draining);
        }
        let asked = !self.functions.contains_key(&name);
        let function = self.functions.entry(name.clone()).or_default();
        if function.waiting.len() >= self.bounds.wishes as usize {
            return self.refuse(wish, Refused::QueueFull { limit: self.bounds.wishes });
        }
        function.wait(wish);
        if asked {
            self.actions.push(Action::Resolve { function: name });
        }
    }

    fn cancel(&mut self, wish: Wish) {
        let whose = |function: &Function| function.waiting.iter().any(|w| w.wish == wish);
        let found = self.functions.iter_mut().find(|(_, function)| whose(function));
        let Some((name, function)) = found else { return };
        function.waiting.retain(|waiting| waiting.wish != wish);
        let name = name.clone();
        self.forget_if_unused(&name);
    }

    fn revoking(&mut self, holder: HolderId, lease: LeaseId) {
        let Some(worker) = self.held(holder, lease) else { return };
        self.step(worker, Input::Yield);
        self.changes.lease_ends(lease);
    }

    fn release(&mut self, holder: HolderId, lease: LeaseId, readiness: Readiness) {
        let Some(worker) = self.held(holder, lease) else { return };
        self.end_lease(lease);
        self.step(worker, Input::Release(readiness));
        self.retire_if_superseded(worker);
    }

    fn kill(&mut self, holder: HolderId, lease: LeaseId, cause: Cause) {
        let Some(worker) = self.held(holder, lease) else { return };
        self.end_lease(lease);
        self.step(worker, Input::Kill(cause));
    }

    fn holder_gone(&mut self, holder: HolderId) {
        for function in self.functions.values_mut() {
            function.waiting.retain(|waiting| waiting.wish.holder != holder);
        }
        for lease in self.leases_of(holder) {
            self.kill(holder, lease, Cause::HolderGone);
        }
        let names: Vec<Name> = self.functions.keys().cloned().collect();
        names.iter().for_each(|name| self.forget_if_unused(name));
    }

    fn spawned(&mut self, worker: WorkerId) {
        self.step(worker, Input::Spawned);
        self.retire_if_superseded(worker);
    }

    fn spawn_failed(&mut self, id: WorkerId) {
        let Some(worker) = self.workers.remove(&id) else { return };
        let function = self.functions.get_mut(&worker.function);
        if let Some(waiting) = function.and_then(|function| function.waiting.pop_front()) {
            self.refuse(waiting.wish, Refused::SpawnFailed);
        }
        self.forget_if_unused(&worker.function);
    }

    fn exited(&mut self, id: WorkerId) {
        let Some(worker) = self.workers.remove(&id) else { return };
        if let State::Busy(busy) = &worker.state {
            self.end_lease(busy.lease);
        }
        self.forget_if_unused(&worker.function);
    }

    fn tick(&mut self) {
        let now = self.now;
        let due =
            self.workers.iter().filter(|(_, worker)| self.due(worker).is_some_and(|at| at <= now));
        let due: Vec<WorkerId> = due.map(|(id, _)| *id).collect();
        for id in due {
            // Retiring one may have brought the function down to its minimum.
            let still_due = self.workers.get(&id).and_then(|worker| self.due(worker));
            if still_due.is_some() {
                self.step(id, Input::GraceOver);
                self.step_if_free(id, Cause::IdleTimeout);
            }
        }
    }

    /// Leased workers stay: their streams are between others, who finish with them.
    fn drain(&mut self) {
        self.draining = true;
        let names: Vec<Name> = self.functions.keys().cloned().collect();
        names.iter().for_each(|name| self.refuse_all(name, &Refused::Draining));
        for id in self.ids(|_| true) {
            self.step_if_free(id, Cause::Draining);
        }
    }

    /// When something is to be done about a worker without anybody asking.
    fn due(&self, worker: &Worker) -> Option<Instant> {
        match &worker.state {
            State::Terminated(t) if !t.killed => Some(t.since + self.bounds.grace),
            State::Terminated(_) | State::Starting(_) | State::Busy(_) => None,
            State::Warm(_) | State::Idle(_) => {
                let policy = self.functions.get(&worker.function)?.policy()?;
                let min = policy.min as usize;
                let spare = min == 0 || self.live(&worker.function) > min;
                worker.state.free_since().filter(|_| spare).map(|since| since + policy.idle)
            }
        }
    }

    /// Runs a worker's state machine and turns its effect into an action.
    fn step(&mut self, id: WorkerId, input: Input) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        let (state, effect) = std::mem::take(&mut worker.state).step(input, self.now);
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
        let free = self.workers.get(&id).is_some_and(|w| w.state.free_since().is_some());
        if free {
            self.step(id, Input::Retire(cause));
        }
    }

    fn end_lease(&mut self, lease: LeaseId) {
        self.leases.remove(&lease);
        self.changes.lease_ends(lease);
    }

    /// The worker of a lease, if it is this holder's.
    fn held(&self, holder: HolderId, lease: LeaseId) -> Option<WorkerId> {
        let id = *self.leases.get(&lease)?;
        match &self.workers.get(&id)?.state {
            State::Busy(busy) if busy.holder == holder => Some(id),
            _ => None,
        }
    }

    fn leases_of(&self, holder: HolderId) -> Vec<LeaseId> {
        let busy = self.workers.values().filter_map(|worker| match &worker.state {
            State::Busy(busy) if busy.holder == holder => Some(busy.lease),
            _ => None,
        });
        busy.collect()
    }

    fn ids(&self, wanted: impl Fn(&Worker) -> bool) -> Vec<WorkerId> {
        self.workers.iter().filter(|(_, worker)| wanted(worker)).map(|(id, _)| *id).collect()
    }

    fn live(&self, name: &Name) -> usize {
        let of = |worker: &&Worker| worker.function == *name && worker.state.is_live();
        self.workers.values().filter(of).count()
    }

    fn refuse(&mut self, wish: Wish, reason: Refused) {
        self.actions.push(Action::Refuse { wish, reason });
    }

    fn refuse_all(&mut self, name: &Name, reason: &Refused) {
        let Some(function) = self.functions.get_mut(name) else { return };
        for waiting in std::mem::take(&mut function.waiting) {
            self.refuse(waiting.wish, reason.clone());
        }
    }
}

#[cfg(test)]
mod tests;
