//! Granting, starting and evicting workers.

use std::time::Instant;

use bunbase_manifest::Name;
use bunbase_wire::lease::WorkerId;

use crate::action::Action;
use crate::event::{HolderId, Wish};
use crate::worker::{Cause, Input, State};
use crate::{Pool, Worker};

impl Pool {
    /// Does for all wishes what can be done now. Any event may have made something possible for any of them:
    /// a place on the machine, or a worker of another function that can be sent away.
    pub(crate) fn schedule(&mut self) {
        let waiting = self.functions.iter().filter(|(_, function)| !function.waiting.is_empty());
        let names: Vec<Name> = waiting.map(|(name, _)| name.clone()).collect();
        for name in &names {
            self.grant_free_workers(name);
            self.start_workers(name);
            self.tell_those_in_line(name);
            self.ask_holders_back(name);
        }
    }

    fn grant_free_workers(&mut self, name: &Name) {
        while let Some((wish, worker)) = self.next_pair(name) {
            if let Some(function) = self.functions.get_mut(name) {
                function.waiting.pop_front();
            }
            self.grant(name, wish, worker);
        }
    }

    /// The first in line, and the free worker that was used last: it is the warmest.
    fn next_pair(&self, name: &Name) -> Option<(Wish, WorkerId)> {
        let function = self.functions.get(name)?;
        let wish = function.waiting.front()?.wish;
        let revision = function.deployed()?.revision;
        let free =
            self.workers.iter().filter(|(_, w)| w.function == *name && w.revision == revision);
        let free = free.filter_map(|(id, worker)| Some((worker.state.free_since()?, *id)));
        free.max().map(|(_, worker)| (wish, worker))
    }

    fn grant(&mut self, name: &Name, wish: Wish, worker: WorkerId) {
        let deployed = self.functions.get(name).and_then(|function| function.deployed()).cloned();
        let readiness = self.workers.get(&worker).map(|worker| worker.state.readiness());
        let (Some(deployed), Some(readiness)) = (deployed, readiness) else { return };
        self.last_lease += 1;
        let lease = self.last_lease;
        self.leases.insert(lease, worker);
        self.step(worker, Input::Assign { lease, holder: wish.holder });
        self.actions.push(Action::Grant { wish, lease, worker, readiness, deployed });
    }

    /// Starts as many as wishes have none coming, within the bounds of function and machine.
    fn start_workers(&mut self, name: &Name) {
        while self.wants_another(name) {
            if self.workers.len() >= self.bounds.workers as usize {
                return self.make_room(name);
            }
            self.start(name);
        }
    }

    fn wants_another(&self, name: &Name) -> bool {
        let Some(function) = self.functions.get(name) else { return false };
        let Some(policy) = function.policy() else { return false };
        let coming = self.workers.values().filter(|w| w.function == *name && w.state.is_coming());
        coming.count() < function.waiting.len() && self.current(name) < policy.max as usize
    }

    /// Workers of what is deployed now; those of before are leaving and don't count against its maximum.
    fn current(&self, name: &Name) -> usize {
        let revision = self.functions.get(name).and_then(|f| f.deployed()).map(|d| d.revision);
        let of =
            |w: &&Worker| w.function == *name && Some(w.revision) == revision && w.state.is_live();
        self.workers.values().filter(of).count()
    }

    fn start(&mut self, name: &Name) {
        let deployed = self.functions.get(name).and_then(|function| function.deployed());
        let Some(revision) = deployed.map(|deployed| deployed.revision) else { return };
        self.last_worker += 1;
        let worker = Worker { function: name.clone(), revision, state: State::new() };
        self.workers.insert(self.last_worker, worker);
        self.actions.push(Action::Spawn { worker: self.last_worker, function: name.clone() });
    }

    /// The machine is full: the worker of another function that has been free longest goes; if none is free,
    /// the one that was granted first is asked back. One at a time: its end brings us here again.
    fn make_room(&mut self, name: &Name) {
        if self.is_room_coming() {
            return;
        }
        let others = || self.workers.iter().filter(|(_, worker)| worker.function != *name);
        let free = others().filter_map(|(id, w)| Some((w.state.free_since()?, *id))).min();
        let busy = others().filter_map(|(id, w)| Some((granted_at(&w.state)?, *id))).min();
        match (free, busy) {
            (Some((_, id)), _) => self.step(id, Input::Retire(Cause::Evicted)),
            (None, Some((_, id))) => self.step(id, Input::Revoke),
            (None, None) => {}
        }
    }

    fn is_room_coming(&self) -> bool {
        let leaving = |worker: &Worker| match &worker.state {
            State::Terminated(_) => true,
            State::Busy(busy) => busy.revoked,
            State::Starting(_) => !worker.state.is_coming(),
            State::Warm(_) | State::Idle(_) => false,
        };
        self.workers.values().any(leaving)
    }

    fn tell_those_in_line(&mut self, name: &Name) {
        let coming = self.workers.values().filter(|w| w.function == *name && w.state.is_coming());
        let coming = coming.count();
        let Some(function) = self.functions.get_mut(name) else { return };
        if function.deployed().is_none() {
            return;
        }
        for waiting in function.waiting.iter_mut().skip(coming).filter(|waiting| !waiting.told) {
            waiting.told = true;
            self.actions.push(Action::Queued { wish: waiting.wish });
        }
    }

    /// Whoever waits while others hold all of the function's workers gets one of theirs, when they can. A lease
    /// that was asked for already serves one wish.
    fn ask_holders_back(&mut self, name: &Name) {
        let mut coming = self.revoked_holders(name);
        for wish in self.wishes_in_line(name) {
            if let Some(at) = coming.iter().position(|holder| *holder != wish.holder) {
                coming.swap_remove(at);
                continue;
            }
            let others = |w: &Worker| w.function == *name && is_held_by_other(&w.state, wish);
            if let Some(id) = self.ids(others).first() {
                self.step(*id, Input::Revoke);
            }
        }
    }

    fn wishes_in_line(&self, name: &Name) -> Vec<Wish> {
        let function = self.functions.get(name).filter(|function| function.deployed().is_some());
        let waiting = function.into_iter().flat_map(|function| &function.waiting);
        waiting.filter(|waiting| waiting.told).map(|waiting| waiting.wish).collect()
    }

    fn revoked_holders(&self, name: &Name) -> Vec<HolderId> {
        let of = self.workers.values().filter(|worker| worker.function == *name);
        of.filter_map(|worker| match &worker.state {
            State::Busy(busy) if busy.revoked => Some(busy.holder),
            _ => None,
        })
        .collect()
    }

    pub(crate) fn forget_if_unused(&mut self, name: &Name) {
        let used = self.workers.values().any(|worker| worker.function == *name);
        let known = |f: &crate::Function| f.waiting.is_empty() && f.deployed().is_some();
        if !used && self.functions.get(name).is_some_and(known) {
            self.functions.remove(name);
            self.actions.push(Action::Forget { function: name.clone() });
        }
    }
}

fn granted_at(state: &State) -> Option<Instant> {
    match state {
        State::Busy(busy) => Some(busy.since),
        _ => None,
    }
}

fn is_held_by_other(state: &State, wish: Wish) -> bool {
    matches!(state, State::Busy(busy) if !busy.revoked && busy.holder != wish.holder)
}
