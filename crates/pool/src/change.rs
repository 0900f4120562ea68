//! Deploys: when the new version is in force.
//!
//! A change is in force when the registry's new answer is known and every holder of an older worker has said
//! that it starts nothing more on it.

use std::collections::BTreeSet;

use bunbase_manifest::Name;
use bunbase_wire::lease::{LeaseId, Refused, WorkerId};

use crate::action::Action;
use crate::event::Deployed;
use crate::worker::{Cause, Input, State};
use crate::{Knowledge, Pool, Worker};

/// Changes that are not in force yet.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<Pending>);

#[derive(Debug)]
struct Pending {
    change: u64,
    function: Name,
    answered: bool,
    leases: BTreeSet<LeaseId>,
}

impl Changes {
    fn begin(&mut self, change: u64, function: Name) {
        self.0.push(Pending { change, function, answered: false, leases: BTreeSet::new() });
    }

    /// The registry's answer is here; these leases are of before.
    fn answered(&mut self, function: &Name, leases: &[LeaseId]) {
        for pending in self.0.iter_mut().filter(|p| p.function == *function && !p.answered) {
            pending.answered = true;
            pending.leases = leases.iter().copied().collect();
        }
    }

    pub(crate) fn lease_ends(&mut self, lease: LeaseId) {
        for pending in &mut self.0 {
            pending.leases.remove(&lease);
        }
    }

    /// Takes out those that are in force by now.
    pub(crate) fn in_force(&mut self) -> impl Iterator<Item = u64> {
        let done = self.0.extract_if(.., |pending| pending.answered && pending.leases.is_empty());
        done.map(|pending| pending.change)
    }
}

impl Pool {
    pub(crate) fn changed(&mut self, name: &Name, change: Option<u64>) {
        if let Some(change) = change {
            self.changes.begin(change, name.clone());
        }
        match self.functions.get_mut(name) {
            // Nobody has this function: whoever comes next asks and hears of the new version.
            None => self.leave_the_old(name),
            // The answer under way was made after the change: the registry answers in order.
            Some(function) if function.knowledge == Knowledge::Asked => {}
            Some(function) => {
                function.knowledge = Knowledge::Asked;
                self.actions.push(Action::Resolve { function: name.clone() });
            }
        }
    }

    pub(crate) fn resolved(&mut self, name: &Name, deployed: Deployed) {
        let Some(function) = self.functions.get_mut(name) else { return };
        function.knowledge = Knowledge::Known(deployed);
        self.leave_the_old(name);
        self.forget_if_unused(name);
    }

    /// Nothing is deployed: nobody gets a worker, and those that there are go.
    pub(crate) fn unresolved(&mut self, name: &Name, reason: &Refused) {
        self.refuse_all(name, reason);
        self.functions.remove(name);
        self.leave_the_old(name);
        self.actions.push(Action::Forget { function: name.clone() });
    }

    /// Those who wait are told; the next one asks again.
    pub(crate) fn resolve_failed(&mut self, name: &Name) {
        self.unresolved(name, &Refused::RegistryUnavailable);
    }

    /// Retires every worker that is not of what is deployed now.
    fn leave_the_old(&mut self, name: &Name) {
        let old = self.ids(|worker| worker.function == *name && self.is_superseded(worker));
        let leases: Vec<LeaseId> = old.iter().filter_map(|id| self.unyielded(*id)).collect();
        self.changes.answered(name, &leases);
        old.into_iter().for_each(|id| self.step(id, Input::Retire(Cause::Superseded)));
    }

    /// A worker of before that has become free goes; while the registry is asked, it stays as it is.
    pub(crate) fn retire_if_superseded(&mut self, id: WorkerId) {
        if self.draining {
            return self.step_if_free(id, Cause::Draining);
        }
        if self.workers.get(&id).is_some_and(|worker| self.is_superseded(worker)) {
            self.step_if_free(id, Cause::Superseded);
        }
    }

    fn is_superseded(&self, worker: &Worker) -> bool {
        match self.functions.get(&worker.function).map(|function| &function.knowledge) {
            None => true,
            Some(Knowledge::Asked) => false,
            Some(Knowledge::Known(deployed)) => deployed.revision != worker.revision,
        }
    }

    /// The lease of a worker whose holder may still start something on it.
    fn unyielded(&self, id: WorkerId) -> Option<LeaseId> {
        match &self.workers.get(&id)?.state {
            State::Busy(busy) if !busy.yielding => Some(busy.lease),
            _ => None,
        }
    }
}
