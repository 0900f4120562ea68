//! What is done for a function without anybody asking: the minimum, replacements, timers, oblivion.

use std::time::Instant;

use bunbase_wire::lease::WorkerId;

use crate::Pool;
use crate::action::Action;
use crate::function::{Function, Knowledge};
use crate::target::Target;
use crate::worker::{Cause, Input, State};

impl Pool {
    /// Looks after everything that the event was about.
    pub(crate) fn settle(&mut self) {
        self.touched.append(&mut self.short);
        while let Some(target) = self.touched.pop_first() {
            if !self.draining {
                self.renew(&target);
                self.keep_minimum(&target);
            }
            self.forget_if_unused(&target);
            self.touched.remove(&target);
            self.note_waiting(&target);
            self.set_timer(&target);
        }
    }

    /// A worn worker goes when a fresh one stands ready in its place.
    fn renew(&mut self, target: &Target) {
        let Some(function) = self.functions.get(target) else { return };
        let Some(policy) = function.policy() else { return };
        let (min, max) = (policy.min as usize, policy.max as usize);
        let ready = function.fresh().filter(|(_, w)| w.state.free_since().is_some()).count();
        let (mut ready, mut coming) = (ready, function.coming());
        let mut kept = function.fresh().count();
        for (id, is_free) in worn(function) {
            if is_free && kept >= min {
                self.step(id, Input::Retire(Cause::Worn));
            } else if !is_free && ready > 0 {
                ready -= 1;
                self.step(id, Input::Revoke);
            } else if coming > 0 {
                coming -= 1;
            } else if kept >= max || self.is_full() {
                // There are enough without it, or its place is the only one that there is.
                self.step(id, Input::Retire(Cause::Worn));
            } else {
                self.start(target);
                kept += 1;
            }
        }
    }

    fn keep_minimum(&mut self, target: &Target) {
        self.short.remove(target);
        while self.is_below_minimum(target) {
            if self.is_full() {
                self.short.insert(target.clone());
                return self.evict_spare(target);
            }
            self.start(target);
        }
    }

    /// What a function is to have at all times is worth more than what another has and does not need.
    fn evict_spare(&mut self, target: &Target) {
        if self.places_coming() > 0 {
            return;
        }
        if let Some(id) = self.longest_free(target, |function, _| function.has_spare()) {
            self.step(id, Input::Retire(Cause::Evicted));
        }
    }

    fn is_below_minimum(&self, target: &Target) -> bool {
        let Some(function) = self.functions.get(target) else { return false };
        let min = function.policy().map_or(0, |policy| policy.min as usize);
        let rests = function.rest.is_some_and(|rest| rest.until > self.now);
        !target.is_candidate() && !rests && function.fresh().count() < min
    }

    /// Of what has neither workers nor wishes nothing need be known, unless it is to have some.
    fn forget_if_unused(&mut self, target: &Target) {
        let Some(function) = self.functions.get(target) else { return };
        let kept = match &function.knowledge {
            Knowledge::Asked => true,
            Knowledge::Known(deployed) => !target.is_candidate() && deployed.policy.min > 0,
            Knowledge::Nothing | Knowledge::Unanswered => false,
        };
        if kept || !function.workers.is_empty() || !function.waiting.is_empty() {
            return;
        }
        if let Some(at) = function.timer {
            self.timers.remove(&(at, target.clone()));
        }
        self.functions.remove(target);
        self.short.remove(target);
        self.actions.push(Action::Forget { target: target.clone() });
    }

    pub(crate) fn note_waiting(&mut self, target: &Target) {
        match self.functions.get(target).is_some_and(|function| !function.waiting.is_empty()) {
            true => self.waiting.insert(target.clone()),
            false => self.waiting.remove(target),
        };
    }

    fn set_timer(&mut self, target: &Target) {
        let due = self.due(target);
        let Some(function) = self.functions.get_mut(target) else { return };
        let before = std::mem::replace(&mut function.timer, due);
        if before != due {
            before.map(|at| self.timers.remove(&(at, target.clone())));
            due.map(|at| self.timers.insert((at, target.clone())));
        }
    }

    /// When something is to be done about a function without anybody asking.
    fn due(&self, target: &Target) -> Option<Instant> {
        let function = self.functions.get(target)?;
        let of_workers = function.workers.values().flat_map(|worker| {
            let bounds = &self.bounds;
            [worker.grace_ends(bounds), function.idle_ends(worker), worker.wears_out(bounds)]
        });
        let rest = function.rest.filter(|rest| rest.until > self.now && self.keeps(target));
        of_workers.flatten().chain(rest.map(|rest| rest.until)).min()
    }

    fn keeps(&self, target: &Target) -> bool {
        let policy = self.functions.get(target).and_then(Function::policy);
        !target.is_candidate() && !self.draining && policy.is_some_and(|policy| policy.min > 0)
    }
}

/// Workers to be replaced that nobody has been asked for yet, and whether they are free.
fn worn(function: &Function) -> Vec<(WorkerId, bool)> {
    let worn = function.workers.iter().filter(|(_, worker)| worker.worn);
    worn.filter_map(|(id, worker)| match &worker.state {
        State::Warm(_) | State::Idle(_) => Some((*id, true)),
        State::Busy(busy) if !busy.revoked => Some((*id, false)),
        State::Busy(_) | State::Starting(_) | State::Terminated(_) => None,
    })
    .collect()
}
