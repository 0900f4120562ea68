//! schedulerd around the pool: what it reads becomes events, the pool's actions are carried out and checked.

use bunbase_wire::lease::{LeaseId, Readiness, Refused, WorkerId};

use super::sabotage::Sabotage;
use super::scenario::{Scenario, number};
use super::state::{Life, News, Packet, Process, Said, State, Wrong};
use crate::action::Action;
use crate::event::{Deployed, Event, HolderId, Wish};
use crate::target::Target;
use crate::worker;

impl State {
    /// Tells the pool and does what it says.
    pub fn tell(&mut self, scenario: &Scenario, event: Event) {
        let now = self.pool.now;
        for action in self.pool.handle(event, now) {
            self.act(scenario, action);
        }
    }

    /// Reads the next packet of a holder.
    pub fn reads_packet(&mut self, scenario: &Scenario, link: HolderId) {
        let Some(said) = self.outboxes.get_mut(&link).and_then(|outbox| outbox.pop_front()) else {
            return;
        };
        self.outboxes.retain(|_, outbox| !outbox.is_empty());
        let event = self.event(scenario, link, said);
        self.tell(scenario, event);
    }

    fn event(&mut self, scenario: &Scenario, holder: HolderId, said: Said) -> Event {
        match said {
            Said::Acquire(ticket, target) => {
                let wish = Wish { holder, ticket };
                self.wishes.insert(wish, target.clone());
                Event::Acquire { wish, target }
            }
            Said::Cancel(ticket) => {
                let wish = Wish { holder, ticket };
                self.wishes.remove(&wish);
                Event::Cancel { wish }
            }
            Said::Revoking(lease) => Event::Revoking { holder, lease },
            Said::Worn(lease) => Event::Worn { holder, lease },
            Said::Release { lease, served } => {
                self.leases.remove(&lease);
                Event::Release { holder, lease, readiness: Readiness::Raw, served }
            }
            Said::Kill(lease, _) if scenario.sabotage == Sabotage::ReleasesForKill => {
                self.event(scenario, holder, Said::Release { lease, served: 1 })
            }
            Said::Kill(lease, reason) => {
                self.leases.remove(&lease);
                Event::Kill { holder, lease, reason }
            }
            Said::Gone => {
                self.wishes.retain(|wish, _| wish.holder != holder);
                self.leases.retain(|_, (of, _, _)| *of != holder);
                Event::HolderGone { holder }
            }
        }
    }

    /// Reads what the registry says.
    pub fn reads_news(&mut self, scenario: &Scenario) {
        let Some(news) = self.registry.news.pop_front() else { return };
        let event = match news {
            News::Unknown(target) => Event::Unknown { target },
            News::Failed(target) => Event::ResolveFailed { target },
            News::Changed(function, change) => {
                Event::Changed { function: super::scenario::name(function), change }
            }
            News::Resolved(target, revision) => {
                self.loaded.insert(target.clone(), revision);
                let version = "0".repeat(64).parse().unwrap();
                let deployed = Deployed { version, revision, policy: scenario.policy() };
                Event::Resolved { target, deployed }
            }
        };
        self.tell(scenario, event);
    }

    /// A process has ended and is reaped.
    pub fn reaps(&mut self, scenario: &Scenario, worker: WorkerId) {
        let held = self.holders.iter().any(|h| h.leases.values().any(|held| held.worker == worker));
        match self.processes.get_mut(&worker) {
            Some(process) if held => process.life = Life::Reaped,
            Some(_) | None => drop(self.processes.remove(&worker)),
        }
        self.leases.retain(|_, (_, of, _)| *of != worker);
        if scenario.sabotage != Sabotage::MissesExits {
            self.tell(scenario, Event::Exited { worker });
        }
    }

    fn act(&mut self, scenario: &Scenario, action: Action) {
        let sabotage = scenario.sabotage;
        match action {
            Action::Resolve { target } => {
                self.claim(!self.is_asked(&target), Wrong::AskedTwice);
                self.registry.questions.push_back(target);
            }
            Action::Spawn { worker, target } => self.starts(worker, target),
            Action::Grant { wish, lease, worker, invocations, .. } => {
                self.grants(sabotage, wish, lease, worker, invocations);
            }
            Action::Queued { wish } => self.answers(wish, Packet::Queued(wish.ticket)),
            Action::Refuse { wish, reason } => {
                let wished = self.wishes.remove(&wish);
                self.claim(wished.is_some(), Wrong::AnsweredTwice);
                let is_final = reason == Refused::NoSuchFunction;
                if sabotage != Sabotage::ForgetsRefusals {
                    self.answers(wish, Packet::Refused { ticket: wish.ticket, is_final });
                }
            }
            Action::Revoke { holder, lease } => self.revokes(scenario, holder, lease),
            Action::Stop { worker, cause } => self.stops(scenario, worker, Life::Told(cause)),
            Action::Kill { worker, cause } => self.ends(worker, Life::Killed(cause)),
            Action::Forget { target } => drop(self.loaded.remove(&target)),
            Action::Applied { change } => self.applied(change),
        }
    }

    fn is_asked(&self, target: &Target) -> bool {
        let is_answer = |news: &News| match news {
            News::Resolved(of, _) | News::Unknown(of) | News::Failed(of) => of == target,
            News::Changed(..) => false,
        };
        self.registry.questions.contains(target) || self.registry.news.iter().any(is_answer)
    }

    fn starts(&mut self, worker: WorkerId, target: Target) {
        let loaded = self.loaded.get(&target).copied();
        let believed = self.pool.worker(worker).map(|worker| worker.revision);
        self.claim(loaded.is_some() && loaded == believed, Wrong::StartedUnknown);
        let revision = loaded.unwrap_or_default();
        let process =
            Process { target, revision, life: Life::Starting, works_at: None, said: None };
        self.processes.insert(worker, process);
    }

    fn grants(
        &mut self,
        sabotage: Sabotage,
        wish: Wish,
        lease: LeaseId,
        worker: WorkerId,
        most_uses: u64,
    ) {
        let wished = self.wishes.remove(&wish);
        self.claim(wished.is_some(), Wrong::AnsweredTwice);
        self.claim(self.leases.values().all(|(_, of, _)| *of != worker), Wrong::Shared);
        self.claim_fit(wished.as_ref(), worker);
        self.leases.insert(lease, (wish.holder, worker, false));
        let granted = |ticket| Packet::Granted { ticket, lease, worker, most_uses };
        self.answers(wish, granted(wish.ticket));
        let other = self.wishes.first_key_value().map(|(other, _)| *other);
        if let Some(other) = other.filter(|_| sabotage == Sabotage::GrantsTwice) {
            self.answers(other, granted(other.ticket));
        }
    }

    /// The worker has to be able to serve, and what was wished for.
    fn claim_fit(&mut self, wished: Option<&Target>, worker: WorkerId) {
        let Some(process) = self.processes.get(&worker).cloned() else {
            return self.claim(false, Wrong::GrantedTerminated);
        };
        let terminated = matches!(process.life, Life::Told(_) | Life::Killed(_) | Life::Reaped);
        self.claim(!terminated, Wrong::GrantedTerminated);
        self.claim(process.life != Life::Starting, Wrong::GrantedEarly);
        let fits = wished.is_some_and(|target| {
            let revision = target.revision.or(self.loaded.get(target).copied());
            process.target.function == target.function && revision == Some(process.revision)
        });
        self.claim(fits, Wrong::GrantedOther);
    }

    fn revokes(&mut self, scenario: &Scenario, holder: HolderId, lease: LeaseId) {
        if let Some((_, _, asked)) = self.leases.get_mut(&lease) {
            let again = std::mem::replace(asked, true);
            self.claim(!again, Wrong::AskedTwice);
        }
        match scenario.sabotage {
            Sabotage::YieldsForHolders => {
                self.packet(holder, Packet::Revoke(lease));
                self.tell(scenario, Event::Revoking { holder, lease });
            }
            _ => self.packet(holder, Packet::Revoke(lease)),
        }
    }

    fn stops(&mut self, scenario: &Scenario, worker: WorkerId, life: Life) {
        let free = self.leases.values().all(|(_, of, _)| *of != worker);
        self.claim(free, Wrong::StoppedInUse);
        self.ends(worker, life);
        match scenario.sabotage {
            Sabotage::ReapsEarly => self.tell(scenario, Event::Exited { worker }),
            Sabotage::RevivesTerminated => {
                let now = self.pool.now;
                if let Some(worker) = self.pool.worker_mut(worker) {
                    worker.state = worker::State::new().step(worker::Input::Spawned, now).0;
                }
            }
            _ => {}
        }
    }

    fn ends(&mut self, worker: WorkerId, life: Life) {
        self.leases.retain(|_, (_, of, _)| *of != worker);
        if let Some(process) = self.processes.get_mut(&worker).filter(|p| !p.has_ended()) {
            process.life = life;
            process.works_at = None;
        }
    }

    fn applied(&mut self, change: u64) {
        let announced = self.registry.changes.remove(&change);
        self.claim(announced.is_some(), Wrong::AppliedTwice);
        if let Some((function, revision)) = announced {
            self.in_force[function] = self.in_force[function].max(revision);
        }
    }

    fn answers(&mut self, wish: Wish, packet: Packet) {
        self.packet(wish.holder, packet);
    }

    /// What is sent on a connection that has broken gets lost.
    fn packet(&mut self, link: HolderId, packet: Packet) {
        let holder = self.holders.iter_mut().find(|holder| holder.link == link);
        holder.into_iter().for_each(|holder| holder.inbox.push_back(packet));
    }

    /// How many workers of a function somebody may get or has, beside candidates and those that are to be replaced.
    pub fn workers_of(&self, function: usize, revision: u64) -> usize {
        let of = self.processes.iter().filter(|(_, process)| {
            let same = number(&process.target.function) == function && process.revision == revision;
            same && !process.target.is_candidate()
        });
        of.filter(|(id, _)| self.pool.worker(**id).is_some_and(|w| w.state.is_live() && !w.worn))
            .count()
    }
}
