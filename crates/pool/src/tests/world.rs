//! A world around the pool that does what it is told, late, in odd orders, and sometimes dies.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use bunbase_manifest::{Manifest, Name, Version};
use bunbase_wire::lease::{KillReason, LeaseId, Readiness, Ticket, WorkerId};

use super::op::Op;
use crate::Pool;
use crate::action::Action;
use crate::event::{Deployed, Event, HolderId, Wish};
use crate::policy::{Bounds, Policy};
use crate::target::Target;

pub const BOUNDS: Bounds = Bounds {
    workers: 6,
    wishes: 5,
    grace: Duration::from_secs(5),
    invocations: 100,
    age: Duration::from_secs(1_000),
};

/// Workers of one function at most.
pub const MAX: u32 = 3;

/// A process, as the outside knows it.
#[derive(Debug, Clone)]
pub struct Running {
    pub function: Name,
    pub revision: u64,
    born: Instant,
    served: u64,
    worn: bool,
    /// It was started to be probed, which a function at its maximum may be as well.
    probed: bool,
}

/// What the outside knows, kept apart from what the pool believes.
pub struct World {
    pub pool: Pool,
    pub now: Instant,
    pub deployed: BTreeMap<Name, u64>,
    staged: BTreeMap<u64, Name>,
    revision: u64,
    /// The newest state of each function: a revision, or that it was removed.
    newest: BTreeMap<Name, u64>,
    holder_of: Vec<HolderId>,
    last_holder: HolderId,
    last_ticket: Ticket,
    resolving: VecDeque<Target>,
    pub starting: BTreeSet<WorkerId>,
    pub running: BTreeMap<WorkerId, Running>,
    pub ending: BTreeSet<WorkerId>,
    pub waiting: BTreeMap<Wish, Target>,
    pub leases: BTreeMap<LeaseId, (HolderId, WorkerId)>,
    pub revocations: VecDeque<(HolderId, LeaseId)>,
    yielded: BTreeSet<LeaseId>,
    /// Leases of candidates, on which nothing is started.
    probes: BTreeSet<LeaseId>,
    changes: BTreeMap<u64, (Name, u64)>,
    pub transitions: u64,
}

/// Functions: "a" and "b" are deployed from the beginning, "c" may be.
pub fn name(n: usize) -> Name {
    ["a", "b", "c"][n % 3].parse().unwrap()
}

/// "c" is to have a worker at all times.
pub fn policy(function: &Name) -> Policy {
    let mut manifest: Manifest = bunbase_manifest::parse("", "a", "index.ts").unwrap();
    manifest.scale.max = MAX;
    manifest.scale.min = u32::from(*function == name(2));
    Policy::from(&manifest)
}

fn version() -> Version {
    "0".repeat(64).parse().unwrap()
}

fn pick<T: Clone>(items: impl ExactSizeIterator<Item = T>, n: usize) -> Option<T> {
    let length = items.len();
    if length == 0 { None } else { items.into_iter().nth(n % length) }
}

impl World {
    pub fn new() -> Self {
        Self::with_workers(BOUNDS.workers)
    }

    /// On a machine with so many places.
    pub fn with_workers(workers: u32) -> Self {
        let now = Instant::now();
        Self {
            pool: Pool::new(Bounds { workers, ..BOUNDS }, now),
            now,
            deployed: (0..2).map(|n| (name(n), 1)).collect(),
            staged: BTreeMap::new(),
            revision: 1,
            newest: BTreeMap::new(),
            holder_of: vec![1, 2],
            last_holder: 2,
            last_ticket: 0,
            resolving: VecDeque::new(),
            starting: BTreeSet::new(),
            running: BTreeMap::new(),
            ending: BTreeSet::new(),
            waiting: BTreeMap::new(),
            leases: BTreeMap::new(),
            revocations: VecDeque::new(),
            yielded: BTreeSet::new(),
            probes: BTreeSet::new(),
            changes: BTreeMap::new(),
            transitions: 0,
        }
    }

    pub fn tell(&mut self, event: Event) {
        self.transitions += 1;
        for action in self.pool.handle(event, self.now) {
            self.act(action);
        }
        self.check();
    }

    /// Carries an action out, and checks that it was allowed.
    fn act(&mut self, action: Action) {
        match action {
            Action::Resolve { target } => {
                assert!(!self.resolving.contains(&target), "asked twice at once");
                self.resolving.push_back(target);
            }
            Action::Spawn { worker, target } => self.spawn(worker, target),
            Action::Grant { wish, lease, worker, deployed, .. } => {
                self.granted(wish, lease, worker, &deployed);
            }
            Action::Queued { wish } => assert!(self.waiting.contains_key(&wish)),
            Action::Refuse { wish, .. } => {
                assert!(self.waiting.remove(&wish).is_some(), "refused twice or after a grant");
            }
            Action::Revoke { holder, lease } => {
                if self.leases.contains_key(&lease) {
                    self.revocations.push_back((holder, lease));
                }
            }
            Action::Stop { worker, .. } => {
                assert!(self.leases.values().all(|(_, w)| *w != worker), "stopped in use");
                assert!(self.ending.insert(worker), "stopped twice");
            }
            Action::Kill { worker, .. } => {
                self.leases.retain(|_, (_, w)| *w != worker);
                self.ending.insert(worker);
            }
            Action::Forget { .. } => {}
            Action::Applied { change } => self.applied(change),
        }
    }

    fn spawn(&mut self, worker: WorkerId, target: Target) {
        let served = self.deployed.get(&target.function).copied();
        let revision = target.revision.or(served).unwrap_or_default();
        let (function, born, probed) = (target.function, self.now, target.revision.is_some());
        let running = Running { function, revision, born, served: 0, worn: false, probed };
        assert!(self.starting.insert(worker));
        assert!(self.running.insert(worker, running).is_none());
    }

    fn granted(&mut self, wish: Wish, lease: LeaseId, worker: WorkerId, deployed: &Deployed) {
        let target = self.waiting.remove(&wish).expect("granted to somebody who waits");
        assert!(!self.ending.contains(&worker), "a terminated worker was granted");
        assert!(!self.starting.contains(&worker), "granted before it ran");
        assert!(self.leases.values().all(|(_, w)| *w != worker), "granted twice");
        let function = &self.running[&worker].function;
        assert_eq!(*function, target.function, "a worker of another function");
        let in_force = self.changes.values().all(|(name, _)| name != function);
        if let Some(revision) = target.revision {
            assert_eq!(deployed.revision, revision, "another revision than was to be probed");
            self.probes.insert(lease);
        } else if in_force {
            assert_eq!(self.deployed.get(function), Some(&deployed.revision), "an old version");
        }
        assert!(self.leases.insert(lease, (wish.holder, worker)).is_none());
    }

    /// Once a change is in force, nobody may start anything on a worker of before.
    fn applied(&mut self, change: u64) {
        let announced = self.changes.remove(&change);
        let (name, since) = announced.expect("applied once, and only what was announced");
        for (lease, (_, worker)) in &self.leases {
            let Running { function, revision, .. } = &self.running[worker];
            let current = *function != name || *revision >= since;
            let idle = self.yielded.contains(lease) || self.probes.contains(lease);
            assert!(current || idle, "an old version is still served");
        }
    }

    fn check(&self) {
        let processes = self.running.len();
        assert!(processes <= BOUNDS.workers as usize, "{processes} processes");
        for n in 0..3 {
            let started = self.current(&name(n)).filter(|worker| !worker.probed).count();
            assert!(started <= MAX as usize, "{started} workers");
            let target = Target::in_service(name(n));
            let waiting = self.waiting.values().filter(|waiting| **waiting == target).count();
            assert!(waiting <= BOUNDS.wishes as usize);
        }
    }

    /// Workers of what is deployed that are not on their way out.
    pub fn current<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a Running> {
        // One that is no longer wanted before it has come is told so when it comes.
        let wanted = |id| self.pool.worker(id).is_some_and(|worker| worker.state.is_live());
        let live = self.running.iter().filter(move |(id, _)| wanted(**id));
        let served = self.deployed.get(name).copied();
        let of = move |w: &&Running| w.function == *name && Some(w.revision) == served;
        live.map(|(_, worker)| worker).filter(of).filter(|worker| !self.is_worn(worker))
    }

    fn is_worn(&self, worker: &Running) -> bool {
        worker.worn || worker.born + BOUNDS.age <= self.now || worker.served >= BOUNDS.invocations
    }

    pub fn run(&mut self, op: Op) {
        match op {
            Op::Acquire(h, f) => self.acquire(h, f),
            Op::Probe(h, f) => self.probe(h, f),
            Op::Promote(n) => self.promote(n),
            Op::Cancel(n) => self.cancel(n),
            Op::Release(n) => self.release(n),
            Op::Kill(n) => self.kill(n),
            Op::Worn(n) => self.worn(n),
            Op::HolderGone(n) => self.holder_gone(n),
            Op::Answer => self.answer(),
            Op::FailToAnswer => self.fail_to_answer(),
            Op::RegistryRestarts => self.registry_restarts(),
            Op::SpawnSucceeds(n) => self.spawn_succeeds(n),
            Op::SpawnFails(n) => self.spawn_fails(n),
            Op::Dies(n) => self.dies(n),
            Op::DiesByItself(n) => self.dies_by_itself(n),
            Op::SeesRevoke => self.sees_revoke(),
            Op::Deploy(n) => self.change(n, true),
            Op::Remove(n) => self.change(n, false),
            Op::Nonsense(n) => self.nonsense(n),
            Op::Wait(ms) => self.wait(ms),
        }
    }

    fn wish(&mut self, h: usize, target: Target) {
        self.last_ticket += 1;
        let holder = self.holder_of[h % self.holder_of.len()];
        let wish = Wish { holder, ticket: self.last_ticket };
        // One beyond the bound is refused within this very step; `check` sees if not.
        self.waiting.insert(wish, target.clone());
        self.tell(Event::Acquire { wish, target });
    }

    pub fn acquire(&mut self, h: usize, f: usize) {
        self.wish(h, Target::in_service(name(f)));
    }

    pub fn probe(&mut self, h: usize, f: usize) {
        self.revision += 1;
        self.staged.insert(self.revision, name(f));
        self.wish(h, Target::candidate(name(f), self.revision));
    }

    /// What was probed, or not, comes into service, unless something newer has.
    pub fn promote(&mut self, n: usize) {
        let Some(revision) = pick(self.staged.keys().copied(), n) else { return };
        let name = self.staged.remove(&revision).unwrap();
        if self.newest.get(&name).is_some_and(|newest| *newest > revision) {
            return;
        }
        self.deployed.insert(name.clone(), revision);
        self.announce(name, revision);
    }

    fn change(&mut self, n: usize, deploy: bool) {
        self.revision += 1;
        let (function, revision) = (name(n), self.revision);
        match deploy {
            true => drop(self.deployed.insert(function.clone(), revision)),
            false => drop(self.deployed.remove(&function)),
        }
        self.announce(function, revision);
    }

    pub fn announce(&mut self, function: Name, revision: u64) {
        self.newest.insert(function.clone(), revision);
        self.revision += 1;
        let change = self.revision;
        self.changes.insert(change, (function.clone(), revision));
        self.tell(Event::Changed { function, change });
    }

    fn cancel(&mut self, n: usize) {
        if let Some(wish) = pick(self.waiting.keys().copied(), n) {
            self.waiting.remove(&wish);
            self.tell(Event::Cancel { wish });
        }
    }

    pub fn release(&mut self, n: usize) {
        let Some(lease) = pick(self.leases.keys().copied(), n) else { return };
        let (holder, worker) = self.leases.remove(&lease).unwrap();
        let served = n as u64;
        self.running.get_mut(&worker).unwrap().served += served;
        self.tell(Event::Release { holder, lease, readiness: Readiness::Raw, served });
    }

    fn kill(&mut self, n: usize) {
        if let Some(lease) = pick(self.leases.keys().copied(), n) {
            let (holder, _) = self.leases.remove(&lease).unwrap();
            let all = KillReason::ALL;
            self.tell(Event::Kill { holder, lease, reason: all[n % all.len()] });
        }
    }

    pub fn worn(&mut self, n: usize) {
        if let Some(lease) = pick(self.leases.keys().copied(), n) {
            let (holder, worker) = self.leases[&lease];
            self.running.get_mut(&worker).unwrap().worn = true;
            self.tell(Event::Worn { holder, lease });
        }
    }

    fn holder_gone(&mut self, n: usize) {
        let at = n % self.holder_of.len();
        let holder = self.holder_of[at];
        self.last_holder += 1;
        self.holder_of[at] = self.last_holder;
        self.waiting.retain(|wish, _| wish.holder != holder);
        self.leases.retain(|_, (h, _)| *h != holder);
        self.revocations.retain(|(h, _)| *h != holder);
        self.tell(Event::HolderGone { holder });
    }

    pub fn answer(&mut self) {
        let Some(target) = self.resolving.pop_front() else { return };
        let served = self.deployed.get(&target.function).copied();
        let revision = match target.revision {
            Some(revision) if served == Some(revision) => served,
            Some(revision) => self.staged.contains_key(&revision).then_some(revision),
            None => served,
        };
        let Some(revision) = revision else { return self.tell(Event::Unknown { target }) };
        let policy = policy(&target.function);
        let deployed = Deployed { version: version(), revision, policy };
        self.tell(Event::Resolved { target, deployed });
    }

    fn fail_to_answer(&mut self) {
        if let Some(target) = self.resolving.pop_front() {
            self.tell(Event::ResolveFailed { target });
        }
    }

    /// Whoever waited for a change to be in force does so no more.
    fn registry_restarts(&mut self) {
        while !self.resolving.is_empty() {
            self.fail_to_answer();
        }
        self.changes.clear();
        self.tell(Event::Reconnected);
        // It makes those known that are to have workers.
        if let Some(revision) = self.deployed.get(&name(2)).copied() {
            self.announce(name(2), revision);
        }
    }

    pub fn spawn_succeeds(&mut self, n: usize) {
        let starting: Vec<WorkerId> = self.starting.iter().copied().collect();
        if let Some(worker) = pick(starting.into_iter(), n) {
            self.starting.remove(&worker);
            self.tell(Event::Spawned { worker });
        }
    }

    pub fn spawn_fails(&mut self, n: usize) {
        let starting: Vec<WorkerId> = self.starting.iter().copied().collect();
        if let Some(worker) = pick(starting.into_iter(), n) {
            self.starting.remove(&worker);
            self.running.remove(&worker);
            self.tell(Event::SpawnFailed { worker });
        }
    }

    pub fn dies(&mut self, n: usize) {
        if let Some(worker) = pick(self.ending.clone().iter().copied(), n) {
            self.exits(worker);
        }
    }

    pub fn dies_by_itself(&mut self, n: usize) {
        let up = self.running.keys().filter(|id| !self.starting.contains(id));
        let up: Vec<WorkerId> = up.copied().collect();
        if let Some(worker) = pick(up.into_iter(), n) {
            self.exits(worker);
        }
    }

    fn exits(&mut self, worker: WorkerId) {
        self.ending.remove(&worker);
        self.running.remove(&worker);
        self.leases.retain(|_, (_, w)| *w != worker);
        self.tell(Event::Exited { worker });
    }

    pub fn sees_revoke(&mut self) {
        let Some((holder, lease)) = self.revocations.pop_front() else { return };
        self.yielded.insert(lease);
        self.tell(Event::Revoking { holder, lease });
    }

    fn nonsense(&mut self, n: usize) {
        let (holder, lease) = (n as u64, 1_000_000 + n as u64);
        self.tell(Event::Release { holder, lease, readiness: Readiness::Raw, served: 1 });
        self.tell(Event::Kill { holder, lease, reason: KillReason::Lost });
        self.tell(Event::Revoking { holder, lease });
        self.tell(Event::Worn { holder, lease });
        self.tell(Event::Exited { worker: lease });
        // A lease of somebody else.
        if let Some(lease) = pick(self.leases.keys().copied(), n) {
            let served = 1_000_000;
            self.tell(Event::Release { holder: 999, lease, readiness: Readiness::Raw, served });
            self.tell(Event::Worn { holder: 999, lease });
        }
    }

    pub fn wait(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        if self.pool.next_tick().is_some_and(|at| at <= self.now) {
            self.tell(Event::Tick);
            let next = self.pool.next_tick();
            assert!(next.is_none_or(|at| at > self.now), "a tick that is due again at once");
        }
    }

    /// Everything that is under way finishes.
    pub fn finish(&mut self) {
        for _ in 0..300 {
            self.answer();
            self.spawn_succeeds(0);
            self.sees_revoke();
            self.dies(0);
            self.release(0);
        }
    }

    /// Nobody may be left waiting after that, and what is to have workers has some.
    pub fn settle(&mut self) {
        self.finish();
        assert!(self.waiting.is_empty(), "left waiting: {:?}", self.waiting);
        assert!(self.changes.is_empty(), "never in force: {:?}", self.changes);
        // Longer than anything rests.
        self.registry_restarts();
        self.wait(61_000);
        self.finish();
        let kept = usize::from(self.deployed.contains_key(&name(2)));
        assert!(self.current(&name(2)).count() >= kept, "fewer workers than its minimum");
    }
}
