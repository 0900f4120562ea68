//! What the registry says: what is deployed, and when a deploy is in force.
//!
//! A change is in force when the registry's new answer is known and every holder of an older worker has said
//! that it starts nothing more on it.

use std::collections::BTreeSet;

use bunbase_manifest::Name;
use bunbase_wire::lease::{LeaseId, Refused, WorkerId};

use crate::Pool;
use crate::action::Action;
use crate::event::Deployed;
use crate::function::{Knowledge, Worker};
use crate::target::Target;
use crate::worker::{Cause, Input, State};

/// Changes that are not in force yet.
#[derive(Debug, Clone, Default, Hash)]
pub(crate) struct Changes(Vec<Pending>);

#[derive(Debug, Clone, Hash)]
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
    fn answered(&mut self, function: &Name, leases: BTreeSet<LeaseId>) {
        for pending in self.0.iter_mut().filter(|p| p.function == *function && !p.answered) {
            pending.answered = true;
            pending.leases.clone_from(&leases);
        }
    }

    /// Whether one of them waits for an answer about this function.
    fn concern(&self, function: &Name) -> bool {
        self.0.iter().any(|pending| pending.function == *function && !pending.answered)
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
    pub(crate) fn changed(&mut self, function: Name, change: u64) {
        self.changes.begin(change, function.clone());
        self.ask(Target::in_service(function));
    }

    /// What was said on the connection before counts no more, and whatever is known may have changed since.
    pub(crate) fn reconnected(&mut self) {
        self.changes = Changes::default();
        let known: Vec<Target> = self.functions.keys().cloned().collect();
        known.into_iter().for_each(|target| self.ask(target));
    }

    /// Asks the registry, unless it is being asked.
    pub(crate) fn ask(&mut self, target: Target) {
        self.touch(&target);
        let function = self.functions.entry(target.clone()).or_default();
        // An answer under way was made after the change: the registry answers in order.
        if function.knowledge != Knowledge::Asked {
            function.knowledge = Knowledge::Asked;
            self.actions.push(Action::Resolve { target });
        }
    }

    pub(crate) fn resolved(&mut self, target: &Target, deployed: Deployed) {
        let Some(function) = self.functions.get_mut(target) else { return };
        let revision = deployed.revision;
        function.knowledge = Knowledge::Known(deployed);
        match target.is_candidate() {
            true if self.is_served(target, revision) => return self.unresolved(target),
            true => {}
            false => self.adopt(target, revision),
        }
        self.leave_the_old(target);
    }

    /// Whether this revision of the function, or a newer one, is in service by now.
    fn is_served(&self, target: &Target, revision: u64) -> bool {
        let service = self.functions.get(&Target::in_service(target.function.clone()));
        let deployed = service.and_then(|function| function.deployed());
        deployed.is_some_and(|deployed| deployed.revision >= revision)
    }

    /// What was a candidate is in service now, with the workers that it has. Older candidates will not be.
    fn adopt(&mut self, target: &Target, revision: u64) {
        let range = Target::candidates_to(&target.function, revision);
        let candidates: Vec<Target> = self.functions.range(range).map(|(t, _)| t.clone()).collect();
        for candidate in candidates {
            if candidate.revision == Some(revision) {
                self.move_workers(&candidate, target);
            }
            self.unresolved(&candidate);
        }
    }

    fn move_workers(&mut self, from: &Target, to: &Target) {
        self.touch(from);
        let source = self.functions.get_mut(from);
        let workers = source.map(|source| std::mem::take(&mut source.workers)).unwrap_or_default();
        self.owners.extend(workers.keys().map(|id| (*id, to.clone())));
        if let Some(function) = self.functions.get_mut(to) {
            function.workers.extend(workers);
        }
    }

    /// Nothing is deployed: nobody gets a worker, and those that there are go.
    pub(crate) fn unresolved(&mut self, target: &Target) {
        self.refuse_all(target, &Refused::NoSuchFunction);
        if let Some(function) = self.functions.get_mut(target) {
            function.knowledge = Knowledge::Nothing;
        }
        self.leave_the_old(target);
    }

    /// Those who wait are told; whoever holds a worker goes on, unless it is known to be an old one.
    pub(crate) fn resolve_failed(&mut self, target: &Target) {
        self.refuse_all(target, &Refused::RegistryUnavailable);
        if self.changes.concern(&target.function) {
            return self.unresolved(target);
        }
        if let Some(function) = self.functions.get_mut(target) {
            function.knowledge = Knowledge::Unanswered;
        }
    }

    /// Retires every worker that is not of what is deployed now.
    fn leave_the_old(&mut self, target: &Target) {
        self.touch(target);
        let Some(function) = self.functions.get(target) else { return };
        let old = function.workers.iter().filter(|(_, worker)| function.is_superseded(worker));
        let (ids, leases): (Vec<WorkerId>, Vec<Option<LeaseId>>) =
            old.map(|(id, worker)| (*id, unyielded(worker))).unzip();
        if !target.is_candidate() {
            self.changes.answered(&target.function, leases.into_iter().flatten().collect());
        }
        ids.into_iter().for_each(|id| self.step(id, Input::Retire(Cause::Superseded)));
    }

    /// A worker of before that has become free goes; while the registry is asked, it stays as it is.
    pub(crate) fn retire_if_superseded(&mut self, id: WorkerId) {
        if self.draining {
            return self.step_if_free(id, Cause::Draining);
        }
        let function = self.owners.get(&id).and_then(|target| self.functions.get(target));
        let worker = function.and_then(|function| Some((function, function.workers.get(&id)?)));
        if worker.is_some_and(|(function, worker)| function.is_superseded(worker)) {
            self.step_if_free(id, Cause::Superseded);
        }
    }
}

/// The lease of a worker whose holder may still start something on it.
fn unyielded(worker: &Worker) -> Option<LeaseId> {
    match &worker.state {
        State::Busy(busy) if !busy.yielding => Some(busy.lease),
        _ => None,
    }
}
