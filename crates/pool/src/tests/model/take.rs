//! What happens when a step is taken.

use bunbase_wire::lease::{KillReason, LeaseId, WorkerId};

use super::scenario::Scenario;
use super::state::{Life, State, Wrong};
use super::step::Step;
use crate::event::Event;

impl State {
    /// Has it happen.
    pub fn take(&mut self, scenario: &Scenario, step: Step) {
        self.spend(step);
        match step {
            Step::Sends(request) => self.sends(scenario, request),
            Step::GivesUp(request) => self.gives_up(scenario, request),
            Step::TimesOut(at, lease) => self.kills(scenario, at, lease, KillReason::Timeout),
            Step::ReadsPacket(link) => self.reads_packet(scenario, link),
            Step::Hears(at) => self.hears(scenario, at),
            Step::ReadsAnswer(at, lease) => self.reads_answer(scenario, at, lease),
            Step::SeesEnd(at, lease) => self.sees_end(scenario, at, lease, KillReason::Lost),
            Step::Releases(at, lease) => self.releases(scenario, at, lease),
            Step::Breaks(at) => self.breaks(scenario, at),
            Step::LoadFails(at, lease) => {
                self.sees_end(scenario, at, lease, KillReason::LoadFailed);
            }
            Step::Loads(at, lease) => {
                self.registry.loads = true;
                self.releases(scenario, at, lease);
            }
            Step::Answers(worker) => self.answers_request(worker),
            Step::Spawns(worker) => self.spawns(scenario, worker),
            Step::FailsToSpawn(worker) => {
                self.processes.remove(&worker);
                self.tell(scenario, Event::SpawnFailed { worker });
            }
            Step::Crashes(worker) => self.crashes(worker),
            Step::Reaps(worker) => self.reaps(scenario, worker),
            Step::RegistryAnswers => self.registry.answers(),
            Step::RegistryFails => self.registry.fails(),
            Step::RegistryBreaks => self.registry_breaks(scenario),
            Step::ReadsNews => self.reads_news(scenario),
            Step::Deploys(function) => self.registry.deploys(function),
            Step::Removes(function) => self.registry.removes(function),
            Step::Probes(at) => self.probes(0, at),
            Step::Promotes => self.registry.promotes(),
            Step::Ticks => self.ticks(scenario),
        }
    }

    fn spend(&mut self, step: Step) {
        let left = &mut self.left;
        let count = match step {
            Step::GivesUp(_) => &mut left.gives_up,
            Step::TimesOut(..) => &mut left.timeouts,
            Step::Breaks(_) => &mut left.breaks,
            Step::LoadFails(..) => &mut left.failed_loads,
            Step::FailsToSpawn(_) => &mut left.spawn_failures,
            Step::Crashes(_) => &mut left.deaths,
            Step::RegistryFails => &mut left.registry_failures,
            Step::RegistryBreaks => &mut left.registry_breaks,
            Step::Deploys(_) => &mut left.deploys,
            Step::Removes(_) => &mut left.removals,
            Step::Probes(_) => &mut left.probes,
            Step::Ticks => &mut left.ticks,
            _ => return,
        };
        *count -= 1;
    }

    /// A probe that ends so has failed.
    fn sees_end(&mut self, scenario: &Scenario, at: usize, lease: LeaseId, reason: KillReason) {
        if self.holders[at].leases[&lease].probes {
            self.registry.staged = None;
        }
        self.kills(scenario, at, lease, reason);
    }

    fn answers_request(&mut self, worker: WorkerId) {
        if let Some(process) = self.processes.get_mut(&worker) {
            process.said = process.works_at.take();
        }
    }

    fn spawns(&mut self, scenario: &Scenario, worker: WorkerId) {
        if let Some(process) = self.processes.get_mut(&worker) {
            process.life = Life::Up;
        }
        self.tell(scenario, Event::Spawned { worker });
    }

    fn crashes(&mut self, worker: WorkerId) {
        if let Some(process) = self.processes.get_mut(&worker) {
            process.life = Life::Crashed;
            process.works_at = None;
        }
    }

    fn ticks(&mut self, scenario: &Scenario) {
        let Some(at) = self.pool.next_tick() else { return };
        self.pool.now = at;
        self.tell(scenario, Event::Tick);
        self.claim(self.pool.next_tick().is_none_or(|next| next > at), Wrong::TickAgain);
    }
}
