//! What lease holders say.

use bunbase_wire::lease::{LeaseId, Readiness, Refused, WorkerId};

use crate::Pool;
use crate::event::{HolderId, Wish};
use crate::function::Waiting;
use crate::target::Target;
use crate::worker::{Cause, Input, State};

impl Pool {
    pub(crate) fn acquire(&mut self, wish: Wish, target: Target) {
        if self.draining {
            return self.refuse(wish, Refused::Draining);
        }
        self.last_wish += 1;
        let limit = self.bounds.wishes;
        let function = self.functions.entry(target.clone()).or_default();
        if function.waiting.len() >= limit as usize {
            return self.refuse(wish, Refused::QueueFull { limit });
        }
        function.waiting.push_back(Waiting { wish, number: self.last_wish, told: false });
        if function.deployed().is_none() {
            self.ask(target.clone());
        }
        self.touch(&target);
    }

    pub(crate) fn cancel(&mut self, wish: Wish) {
        self.forget_wishes(|waiting| waiting == wish);
    }

    pub(crate) fn revoking(&mut self, holder: HolderId, lease: LeaseId) {
        let Some(worker) = self.held(holder, lease) else { return };
        self.step(worker, Input::Yield);
        self.changes.lease_ends(lease);
    }

    pub(crate) fn worn(&mut self, holder: HolderId, lease: LeaseId) {
        let held = self.held(holder, lease);
        if let Some(worker) = held.and_then(|id| self.worker_mut(id)) {
            worker.worn = true;
        }
    }

    pub(crate) fn release(
        &mut self,
        holder: HolderId,
        lease: LeaseId,
        readiness: Readiness,
        served: u64,
    ) {
        let Some(id) = self.held(holder, lease) else { return };
        self.end_lease(lease);
        self.step(id, Input::Release(readiness));
        let bound = self.bounds.invocations;
        if let Some(worker) = self.worker_mut(id) {
            worker.served = worker.served.saturating_add(served);
            worker.worn |= worker.served >= bound;
        }
        self.prove(id);
        self.retire_if_superseded(id);
    }

    pub(crate) fn kill(&mut self, holder: HolderId, lease: LeaseId, cause: Cause) {
        let Some(worker) = self.held(holder, lease) else { return };
        self.end_lease(lease);
        self.step(worker, Input::Kill(cause));
    }

    pub(crate) fn holder_gone(&mut self, holder: HolderId) {
        self.forget_wishes(|wish| wish.holder == holder);
        for lease in self.leases_of(holder) {
            self.kill(holder, lease, Cause::HolderGone);
        }
    }

    fn forget_wishes(&mut self, gone: impl Fn(Wish) -> bool) {
        for target in self.waiting.clone() {
            if let Some(function) = self.functions.get_mut(&target) {
                function.waiting.retain(|waiting| !gone(waiting.wish));
            }
            self.touched.insert(target);
        }
    }

    /// It has loaded its function: there is no reason to be careful with the next one.
    fn prove(&mut self, id: WorkerId) {
        if let Some(function) = self.owners.get(&id).and_then(|t| self.functions.get_mut(t)) {
            function.rest = None;
        }
    }

    /// The worker of a lease, if it is this holder's.
    fn held(&self, holder: HolderId, lease: LeaseId) -> Option<WorkerId> {
        let id = *self.leases.get(&lease)?;
        match &self.worker(id)?.state {
            State::Busy(busy) if busy.holder == holder => Some(id),
            _ => None,
        }
    }

    fn leases_of(&self, holder: HolderId) -> Vec<LeaseId> {
        let all = self.leases.keys().copied();
        all.filter(|lease| self.held(holder, *lease).is_some()).collect()
    }
}
