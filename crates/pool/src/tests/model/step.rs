//! What can happen next.

use bunbase_wire::lease::{LeaseId, WorkerId};

use super::scenario::Scenario;
use super::state::{Held, Life, Request, State};
use crate::event::HolderId;

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Sends(usize),
    GivesUp(usize),
    TimesOut(usize, LeaseId),
    /// schedulerd reads a packet of this connection.
    ReadsPacket(HolderId),
    /// A holder reads one of schedulerd's.
    Hears(usize),
    /// A worker writes its answer.
    Answers(WorkerId),
    ReadsAnswer(usize, LeaseId),
    /// A holder sees that its worker's stream has ended.
    SeesEnd(usize, LeaseId),
    Releases(usize, LeaseId),
    Breaks(usize),
    Spawns(WorkerId),
    FailsToSpawn(WorkerId),
    Crashes(WorkerId),
    Reaps(WorkerId),
    RegistryAnswers,
    RegistryFails,
    RegistryBreaks,
    ReadsNews,
    Deploys(usize),
    Removes(usize),
    Probes(usize),
    LoadFails(usize, LeaseId),
    /// It loads, and its lease is given back.
    Loads(usize, LeaseId),
    Promotes,
    Ticks,
}

impl State {
    /// Everything that can.
    pub fn steps(&self, scenario: &Scenario, steps: &mut Vec<Step>) {
        if self.wrong.is_some() {
            return;
        }
        self.steps_of_requests(scenario, steps);
        self.steps_of_holders(steps);
        self.steps_of_processes(scenario, steps);
        self.steps_of_the_registry(scenario, steps);
        if self.left.ticks > 0 && self.pool.next_tick().is_some() {
            steps.push(Step::Ticks);
        }
    }

    fn steps_of_requests(&self, scenario: &Scenario, steps: &mut Vec<Step>) {
        for (number, request) in self.requests.iter().enumerate() {
            let asks = scenario.requests[number];
            let is_next = || {
                let before = scenario.requests[..number].iter().zip(&self.requests);
                before.filter(|(of, _)| **of == asks).all(|(_, r)| *r != Request::Unsent)
            };
            match *request {
                // Those that are alike come in their order.
                Request::Unsent if is_next() => steps.push(Step::Sends(number)),
                Request::Waits if self.left.gives_up > 0 => steps.push(Step::GivesUp(number)),
                Request::Runs(lease) if self.left.timeouts > 0 => {
                    steps.push(Step::TimesOut(asks.holder, lease));
                }
                _ => {}
            }
        }
    }

    fn steps_of_holders(&self, steps: &mut Vec<Step>) {
        steps.extend(self.outboxes.keys().copied().map(Step::ReadsPacket));
        for (at, holder) in self.holders.iter().enumerate() {
            if !holder.inbox.is_empty() {
                steps.push(Step::Hears(at));
            }
            if self.left.breaks > 0 && at == 0 {
                steps.push(Step::Breaks(at));
            }
            for (lease, held) in &holder.leases {
                self.steps_of_a_lease(at, *lease, held, steps);
            }
        }
    }

    fn steps_of_a_lease(&self, at: usize, lease: LeaseId, held: &Held, steps: &mut Vec<Step>) {
        let process = self.processes.get(&held.worker);
        let said = process.is_some_and(|process| process.said.is_some());
        let ended = process.is_none_or(|process| process.has_ended());
        match (said, held.runs, held.probes) {
            (true, ..) => return steps.push(Step::ReadsAnswer(at, lease)),
            (false, None, false) => steps.push(Step::Releases(at, lease)),
            (false, None, true) if !ended => steps.push(Step::Loads(at, lease)),
            (false, ..) => {}
        }
        if ended {
            steps.push(Step::SeesEnd(at, lease));
        } else if held.probes && self.left.failed_loads > 0 {
            steps.push(Step::LoadFails(at, lease));
        }
    }

    fn steps_of_processes(&self, scenario: &Scenario, steps: &mut Vec<Step>) {
        for (worker, process) in &self.processes {
            match process.life {
                Life::Starting => {
                    steps.push(Step::Spawns(*worker));
                    if self.left.spawn_failures > 0 {
                        steps.push(Step::FailsToSpawn(*worker));
                    }
                }
                Life::Up => {
                    if process.works_at.is_some() {
                        steps.push(Step::Answers(*worker));
                    }
                    if self.left.deaths > 0 {
                        steps.push(Step::Crashes(*worker));
                    }
                }
                Life::Told(_) if scenario.stubborn => {}
                Life::Told(_) | Life::Killed(_) | Life::Crashed => steps.push(Step::Reaps(*worker)),
                Life::Reaped => {}
            }
        }
    }

    fn steps_of_the_registry(&self, scenario: &Scenario, steps: &mut Vec<Step>) {
        if !self.registry.questions.is_empty() {
            steps.push(Step::RegistryAnswers);
            if self.left.registry_failures > 0 {
                steps.push(Step::RegistryFails);
            }
        }
        if !self.registry.news.is_empty() {
            steps.push(Step::ReadsNews);
        }
        if self.left.registry_breaks > 0 {
            steps.push(Step::RegistryBreaks);
        }
        if self.left.deploys > 0 {
            steps.push(Step::Deploys(0));
        }
        if self.left.removals > 0 {
            steps.push(Step::Removes(0));
        }
        if self.left.probes > 0 && self.registry.staged.is_none() {
            steps.push(Step::Probes(scenario.holders - 1));
        }
        if self.registry.staged.is_some() && self.registry.loads {
            steps.push(Step::Promotes);
        }
    }
}
