//! What becomes of processes, with time and at the end.

use bunbase_wire::lease::{Refused, WorkerId};

use crate::Pool;
use crate::function::Rest;
use crate::target::Target;
use crate::worker::{Cause, Input, State};

impl Pool {
    pub(crate) fn spawned(&mut self, worker: WorkerId) {
        self.step(worker, Input::Spawned);
        self.retire_if_superseded(worker);
    }

    pub(crate) fn spawn_failed(&mut self, id: WorkerId) {
        let Some(target) = self.leave(id) else { return };
        self.rest(&target);
        let function = self.functions.get_mut(&target);
        if let Some(waiting) = function.and_then(|function| function.waiting.pop_front()) {
            self.refuse(waiting.wish, Refused::SpawnFailed);
        }
    }

    pub(crate) fn exited(&mut self, id: WorkerId) {
        let state = self.worker(id).map(|worker| worker.state.clone());
        let Some(target) = self.leave(id) else { return };
        match state {
            Some(State::Busy(busy)) => self.end_lease(busy.lease),
            // It has not even loaded, or is not able to wait.
            Some(State::Warm(_) | State::Idle(_)) => self.rest(&target),
            Some(State::Terminated(terminated)) if terminated.cause.is_failed_load() => {
                self.rest(&target);
            }
            Some(State::Starting(_) | State::Terminated(_)) | None => {}
        }
    }

    /// There is no such process any more.
    fn leave(&mut self, id: WorkerId) -> Option<Target> {
        let target = self.owners.remove(&id)?;
        self.touch(&target);
        self.functions.get_mut(&target)?.workers.remove(&id);
        Some(target)
    }

    /// The next one that nobody asks for is started after a while only.
    fn rest(&mut self, target: &Target) {
        let now = self.now;
        if let Some(function) = self.functions.get_mut(target) {
            function.rest = Some(Rest::after(function.rest, now));
        }
    }

    pub(crate) fn tick(&mut self) {
        while let Some((at, target)) = self.timers.pop_first() {
            if at > self.now {
                self.timers.insert((at, target));
                return;
            }
            if let Some(function) = self.functions.get_mut(&target) {
                function.timer = None;
            }
            self.touch(&target);
            self.look_at(&target);
        }
    }

    /// Does what time asks for.
    fn look_at(&mut self, target: &Target) {
        let ids = self.functions.get(target).into_iter().flat_map(|f| f.workers.keys().copied());
        for id in ids.collect::<Vec<_>>() {
            // Retiring one may have brought the function down to its minimum.
            let Some(function) = self.functions.get(target) else { return };
            let Some(worker) = function.workers.get(&id) else { continue };
            let due = |at: Option<std::time::Instant>| at.is_some_and(|at| at <= self.now);
            if due(worker.grace_ends(&self.bounds)) {
                self.step(id, Input::GraceOver);
            } else if due(function.idle_ends(worker)) {
                self.step_if_free(id, Cause::IdleTimeout);
            } else if due(worker.wears_out(&self.bounds))
                && let Some(worker) = self.worker_mut(id)
            {
                worker.worn = true;
            }
        }
    }

    /// Leased workers stay: their streams are between others, who finish with them.
    pub(crate) fn drain(&mut self) {
        self.draining = true;
        let targets: Vec<Target> = self.functions.keys().cloned().collect();
        targets.iter().for_each(|target| self.refuse_all(target, &Refused::Draining));
        let all: Vec<WorkerId> = self.owners.keys().copied().collect();
        all.into_iter().for_each(|id| self.step_if_free(id, Cause::Draining));
    }
}
