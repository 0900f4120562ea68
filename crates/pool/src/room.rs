//! When the machine is full: who gets the next place, and who gives one up.

use std::cmp::Reverse;

use bunbase_wire::lease::WorkerId;

use crate::Pool;
use crate::function::{Function, Worker};
use crate::target::Target;
use crate::worker::{Cause, Input, State};

impl Pool {
    /// Those that somebody waits for: whoever has the fewest workers first, then who has waited longest.
    pub(crate) fn in_fair_order(&self) -> Vec<Target> {
        let rank = |target: &Target| {
            let function = self.functions.get(target)?;
            Some((function.live(), function.waiting.front()?.number))
        };
        let mut ranked: Vec<_> =
            self.waiting.iter().filter_map(|target| Some((rank(target)?, target))).collect();
        ranked.sort();
        ranked.into_iter().map(|(_, target)| target.clone()).collect()
    }

    /// Places that will be free in a moment.
    pub(crate) fn places_coming(&self) -> usize {
        let leaving = |worker: &&Worker| match &worker.state {
            State::Terminated(_) => true,
            State::Busy(busy) => busy.revoked,
            State::Starting(_) => !worker.state.is_coming(),
            State::Warm(_) | State::Idle(_) => false,
        };
        self.functions.values().flat_map(|f| f.workers.values()).filter(leaving).count()
    }

    /// Has another function give a place up, if this one has a right to it.
    pub(crate) fn make_room(&mut self, target: &Target) {
        let mine = self.functions.get(target).map_or(0, Function::live);
        // What is free but waited for is only taken from who has more, and never before it has served: two functions would
        // send each other's workers away for ever.
        let can = |f: &Function, w: &Worker| {
            let fewer = mine == 0 || f.live() > mine + 1;
            f.waiting.is_empty() || (fewer && !w.state.is_unused())
        };
        let spare = self.longest_free(target, |f, w| f.has_spare() && can(f, w));
        let any = || self.longest_free(target, |f, w| mine == 0 && can(f, w));
        if let Some(id) = spare.or_else(any) {
            self.step(id, Input::Retire(Cause::Evicted));
        } else if let Some(id) = self.of_the_richest(target, mine) {
            self.step(id, Input::Revoke);
        }
    }

    /// The worker that has been free for longest, of those that other functions can do without.
    pub(crate) fn longest_free(
        &self,
        but: &Target,
        can: impl Fn(&Function, &Worker) -> bool,
    ) -> Option<WorkerId> {
        let workers =
            self.others(but).flat_map(|f| f.workers.iter().map(move |(id, w)| (f, id, w)));
        let workers = workers.filter(|(f, _, w)| can(f, w)).map(|(_, id, w)| (id, w));
        workers.filter_map(|(id, worker)| Some((worker.state.free_since()?, *id))).min().map(second)
    }

    /// The worker that was granted first, of the function that has most: one that has more than it would leave to the other,
    /// or any if the other has none. They take turns then.
    fn of_the_richest(&self, but: &Target, mine: usize) -> Option<WorkerId> {
        let has_more = |live: usize| live > mine + 1 || mine == 0;
        let others = self.others(but).map(|function| (function.live(), function));
        // What is free then has to be one that it can do without, or it would be asked back in vain.
        let can = |function: &Function| mine == 0 || function.has_spare();
        let others = others.filter(|(live, function)| has_more(*live) && can(function));
        let busy = others.flat_map(|(live, function)| {
            let busy = function.workers.iter().filter_map(|(id, worker)| match &worker.state {
                State::Busy(busy) if !busy.revoked => Some((busy.since, *id)),
                _ => None,
            });
            busy.map(move |(since, id)| (Reverse(live), since, id))
        });
        busy.min().map(|(_, _, id)| id)
    }

    fn others(&self, but: &Target) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(move |(target, _)| *target != but).map(|(_, f)| f)
    }
}

fn second<A, B>((_, second): (A, B)) -> B {
    second
}
