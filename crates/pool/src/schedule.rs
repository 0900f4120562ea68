//! Granting and starting workers.

use bunbase_wire::lease::WorkerId;

use crate::Pool;
use crate::action::Action;
use crate::event::{HolderId, Wish};
use crate::function::{Function, Worker};
use crate::target::Target;
use crate::worker::{Input, State};

impl Pool {
    /// Does for wishes what can be done now. On a full machine any event may have made something possible for any of
    /// them: a place, or a worker of another function that can be sent away.
    pub(crate) fn schedule(&mut self, was_full: bool) {
        for target in self.touched.clone() {
            self.note_waiting(&target);
        }
        let all = was_full || self.is_full();
        let targets = match all {
            true => self.in_fair_order(),
            false => self.touched.intersection(&self.waiting).cloned().collect(),
        };
        let mut places = if all { self.places_coming() } else { 0 };
        // What was started for somebody serves first; only then may others ask for it.
        for target in &targets {
            if self.functions.get(target).is_some_and(has_unused) {
                self.grant_free_workers(target);
            }
        }
        for target in &targets {
            self.grant_free_workers(target);
            self.start_workers(target, &mut places);
            self.tell_those_in_line(target);
            self.ask_holders_back(target);
        }
    }

    fn grant_free_workers(&mut self, target: &Target) {
        while let Some((wish, worker)) = self.next_pair(target) {
            if let Some(function) = self.functions.get_mut(target) {
                function.waiting.pop_front();
            }
            self.grant(target, wish, worker);
        }
    }

    /// The first in line, and the free worker that was used last: it is the warmest. One that is to be replaced if there is
    /// no other.
    fn next_pair(&self, target: &Target) -> Option<(Wish, WorkerId)> {
        let function = self.functions.get(target)?;
        let wish = function.waiting.front()?.wish;
        let revision = function.deployed()?.revision;
        let free = function.workers.iter().filter(|(_, worker)| worker.revision == revision);
        let free = free.filter_map(|(id, w)| Some((!w.worn, w.state.free_since()?, *id)));
        free.max().map(|(_, _, worker)| (wish, worker))
    }

    fn grant(&mut self, target: &Target, wish: Wish, id: WorkerId) {
        let deployed = self.functions.get(target).and_then(|function| function.deployed()).cloned();
        let worker = self.worker(id).map(|worker| (worker.state.readiness(), worker.served));
        let (Some(deployed), Some((readiness, served))) = (deployed, worker) else { return };
        self.last_lease += 1;
        let (lease, worker) = (self.last_lease, id);
        let invocations = self.bounds.invocations.saturating_sub(served).max(1);
        self.leases.insert(lease, worker);
        self.step(worker, Input::Assign { lease, holder: wish.holder });
        self.actions.push(Action::Grant { wish, lease, worker, readiness, invocations, deployed });
    }

    /// Starts as many as wishes have none coming, within the bounds of function and machine.
    fn start_workers(&mut self, target: &Target, places: &mut usize) {
        while self.functions.get(target).is_some_and(wants_another) {
            if !self.is_full() {
                self.start(target);
            } else if *places > 0 {
                *places -= 1;
                return;
            } else {
                return self.make_room(target);
            }
        }
    }

    pub(crate) fn start(&mut self, target: &Target) {
        let Some(function) = self.functions.get_mut(target) else { return };
        let Some(revision) = function.deployed().map(|deployed| deployed.revision) else { return };
        self.last_worker += 1;
        let worker = self.last_worker;
        function.workers.insert(worker, Worker::new(revision, self.now));
        self.owners.insert(worker, target.clone());
        self.touch(target);
        self.actions.push(Action::Spawn { worker, target: target.clone() });
    }

    fn tell_those_in_line(&mut self, target: &Target) {
        let Some(function) = self.functions.get_mut(target) else { return };
        if function.deployed().is_none() {
            return;
        }
        let coming = function.coming();
        for waiting in function.waiting.iter_mut().skip(coming).filter(|waiting| !waiting.told) {
            waiting.told = true;
            self.actions.push(Action::Queued { wish: waiting.wish });
        }
    }

    /// Whoever waits while others hold all of the function's workers gets one of theirs, when they can. A lease
    /// that was asked for already serves one wish.
    fn ask_holders_back(&mut self, target: &Target) {
        let Some(function) = self.functions.get(target) else { return };
        let mut coming = revoked_holders(function);
        for wish in wishes_in_line(function) {
            if let Some(at) = coming.iter().position(|holder| *holder != wish.holder) {
                coming.swap_remove(at);
                continue;
            }
            let function = self.functions.get(target);
            if let Some(id) = function.and_then(|function| held_by_other(function, wish)) {
                self.step(id, Input::Revoke);
            }
        }
    }
}

fn wants_another(function: &Function) -> bool {
    let max = function.policy().map_or(0, |policy| policy.max as usize);
    function.coming() < function.waiting.len() && function.fresh().count() < max
}

fn has_unused(function: &Function) -> bool {
    function.workers.values().any(|worker| worker.state.is_unused())
}

fn wishes_in_line(function: &Function) -> Vec<Wish> {
    let function = Some(function).filter(|function| function.deployed().is_some());
    let waiting = function.into_iter().flat_map(|function| &function.waiting);
    waiting.filter(|waiting| waiting.told).map(|waiting| waiting.wish).collect()
}

fn revoked_holders(function: &Function) -> Vec<HolderId> {
    let revoked = function.workers.values().filter_map(|worker| match &worker.state {
        State::Busy(busy) if busy.revoked => Some(busy.holder),
        _ => None,
    });
    revoked.collect()
}

fn held_by_other(function: &Function, wish: Wish) -> Option<WorkerId> {
    let other = |worker: &Worker| matches!(&worker.state, State::Busy(busy) if !busy.revoked && busy.holder != wish.holder);
    function.workers.iter().find(|(_, worker)| other(worker)).map(|(id, _)| *id)
}
