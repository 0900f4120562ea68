//! The pool against a world that does what it is told, late, in odd orders, and sometimes dies.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use bunbase_manifest::{Manifest, Name, Version};
use bunbase_wire::lease::{KillReason, LeaseId, Readiness, Ticket, WorkerId};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::Pool;
use crate::action::Action;
use crate::event::{Deployed, Event, HolderId, Wish};
use crate::policy::{Bounds, Policy};

const BOUNDS: Bounds = Bounds { workers: 6, wishes: 5, grace: Duration::from_secs(5) };
const MAX: u32 = 3;
const STEPS_A_CASE: usize = 1_000;

/// One thing that the outside does; numbers pick among what is there.
#[derive(Debug, Clone)]
enum Op {
    Acquire(usize, usize),
    Cancel(usize),
    Release(usize),
    Kill(usize),
    HolderGone(usize),
    Answer,
    FailToAnswer,
    SpawnSucceeds(usize),
    SpawnFails(usize),
    Dies(usize),
    DiesByItself(usize),
    SeesRevoke,
    Deploy(usize),
    Remove(usize),
    Nonsense(usize),
    Wait(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0..64_usize;
    prop_oneof![
        8 => (n.clone(), n.clone()).prop_map(|(h, f)| Op::Acquire(h, f)),
        1 => n.clone().prop_map(Op::Cancel),
        5 => n.clone().prop_map(Op::Release),
        2 => n.clone().prop_map(Op::Kill),
        1 => n.clone().prop_map(Op::HolderGone),
        6 => Just(Op::Answer),
        1 => Just(Op::FailToAnswer),
        6 => n.clone().prop_map(Op::SpawnSucceeds),
        1 => n.clone().prop_map(Op::SpawnFails),
        5 => n.clone().prop_map(Op::Dies),
        1 => n.clone().prop_map(Op::DiesByItself),
        4 => Just(Op::SeesRevoke),
        1 => n.clone().prop_map(Op::Deploy),
        1 => n.clone().prop_map(Op::Remove),
        1 => n.prop_map(Op::Nonsense),
        2 => (0..20_000_u64).prop_map(Op::Wait),
    ]
}

/// What the outside knows, kept apart from what the pool believes.
struct World {
    pool: Pool,
    now: Instant,
    deployed: BTreeMap<Name, u64>,
    revision: u64,
    holder_of: Vec<HolderId>,
    last_holder: HolderId,
    last_ticket: Ticket,
    resolving: VecDeque<Name>,
    starting: BTreeMap<WorkerId, Name>,
    running: BTreeMap<WorkerId, (Name, u64)>,
    ending: BTreeSet<WorkerId>,
    waiting: BTreeMap<Wish, Name>,
    leases: BTreeMap<LeaseId, (HolderId, WorkerId)>,
    revocations: VecDeque<(HolderId, LeaseId)>,
    yielded: BTreeSet<LeaseId>,
    changes: BTreeMap<u64, (Name, u64)>,
    transitions: u64,
}

fn name(n: usize) -> Name {
    ["a", "b", "c"][n % 3].parse().unwrap()
}

fn version() -> Version {
    "0".repeat(64).parse().unwrap()
}

fn policy() -> Policy {
    let mut manifest: Manifest = bunbase_manifest::parse("", "a", "index.ts").unwrap();
    manifest.scale.max = MAX;
    Policy::from(&manifest)
}

fn pick<T: Clone>(items: impl ExactSizeIterator<Item = T>, n: usize) -> Option<T> {
    let length = items.len();
    if length == 0 { None } else { items.into_iter().nth(n % length) }
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            pool: Pool::new(BOUNDS, now),
            now,
            deployed: (0..2).map(|n| (name(n), 1)).collect(),
            revision: 1,
            holder_of: vec![1, 2],
            last_holder: 2,
            last_ticket: 0,
            resolving: VecDeque::new(),
            starting: BTreeMap::new(),
            running: BTreeMap::new(),
            ending: BTreeSet::new(),
            waiting: BTreeMap::new(),
            leases: BTreeMap::new(),
            revocations: VecDeque::new(),
            yielded: BTreeSet::new(),
            changes: BTreeMap::new(),
            transitions: 0,
        }
    }

    fn tell(&mut self, event: Event) {
        self.transitions += 1;
        for action in self.pool.handle(event, self.now) {
            self.act(action);
        }
        self.check();
    }

    /// Carries an action out, and checks that it was allowed.
    fn act(&mut self, action: Action) {
        match action {
            Action::Resolve { function } => {
                assert!(!self.resolving.contains(&function), "asked twice at once");
                self.resolving.push_back(function);
            }
            Action::Spawn { worker, function } => {
                let revision = self.deployed.get(&function).copied().unwrap_or_default();
                assert!(self.starting.insert(worker, function.clone()).is_none());
                assert!(self.running.insert(worker, (function, revision)).is_none());
            }
            Action::Grant { wish, lease, worker, deployed, .. } => {
                assert!(self.waiting.remove(&wish).is_some(), "granted to nobody");
                assert!(!self.ending.contains(&worker), "a terminated worker was granted");
                assert!(!self.starting.contains_key(&worker), "granted before it ran");
                assert!(self.leases.values().all(|(_, w)| *w != worker), "granted twice");
                let (function, _) = &self.running[&worker];
                let in_force = self.changes.values().all(|(name, _)| name != function);
                if in_force {
                    assert_eq!(
                        self.deployed.get(function),
                        Some(&deployed.revision),
                        "an old version"
                    );
                }
                assert!(self.leases.insert(lease, (wish.holder, worker)).is_none());
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

    /// Once a change is in force, nobody may start anything on a worker of before.
    fn applied(&mut self, change: u64) {
        let announced = self.changes.remove(&change);
        let (name, since) = announced.expect("applied once, and only what was announced");
        for (lease, (_, worker)) in &self.leases {
            let (function, revision) = &self.running[worker];
            let current = *function != name || *revision >= since;
            assert!(current || self.yielded.contains(lease), "an old version is still served");
        }
    }

    fn check(&self) {
        let processes = self.running.len();
        assert!(processes <= BOUNDS.workers as usize, "{processes} processes");
        for n in 0..3 {
            let of = |w: &&(Name, u64)| w.0 == name(n) && Some(&w.1) == self.deployed.get(&name(n));
            let current = self.running.iter().filter(|(id, _)| !self.ending.contains(id));
            assert!(current.map(|(_, w)| w).filter(of).count() <= MAX as usize);
            let waiting = self.waiting.values().filter(|function| **function == name(n)).count();
            assert!(waiting <= BOUNDS.wishes as usize);
        }
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::Acquire(h, f) => self.acquire(h, f),
            Op::Cancel(n) => self.cancel(n),
            Op::Release(n) => self.release(n),
            Op::Kill(n) => self.kill(n),
            Op::HolderGone(n) => self.holder_gone(n),
            Op::Answer => self.answer(),
            Op::FailToAnswer => self.fail_to_answer(),
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

    fn acquire(&mut self, h: usize, f: usize) {
        self.last_ticket += 1;
        let holder = self.holder_of[h % self.holder_of.len()];
        let wish = Wish { holder, ticket: self.last_ticket };
        // One beyond the bound is refused within this very step; `check` sees if not.
        self.waiting.insert(wish, name(f));
        self.tell(Event::Acquire { wish, function: name(f) });
    }

    fn cancel(&mut self, n: usize) {
        if let Some(wish) = pick(self.waiting.keys().copied(), n) {
            self.waiting.remove(&wish);
            self.tell(Event::Cancel { wish });
        }
    }

    fn release(&mut self, n: usize) {
        if let Some(lease) = pick(self.leases.keys().copied(), n) {
            let (holder, _) = self.leases.remove(&lease).unwrap();
            self.tell(Event::Release { holder, lease, readiness: Readiness::Raw });
        }
    }

    fn kill(&mut self, n: usize) {
        if let Some(lease) = pick(self.leases.keys().copied(), n) {
            let (holder, _) = self.leases.remove(&lease).unwrap();
            self.tell(Event::Kill { holder, lease, reason: KillReason::Timeout });
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

    fn answer(&mut self) {
        let Some(function) = self.resolving.pop_front() else { return };
        let event = match self.deployed.get(&function) {
            Some(revision) => {
                let deployed =
                    Deployed { version: version(), revision: *revision, policy: policy() };
                Event::Resolved { function, deployed }
            }
            None => Event::Unknown { function },
        };
        self.tell(event);
    }

    fn fail_to_answer(&mut self) {
        if let Some(function) = self.resolving.pop_front() {
            self.tell(Event::ResolveFailed { function });
        }
    }

    fn spawn_succeeds(&mut self, n: usize) {
        if let Some(worker) = pick(self.starting.keys().copied(), n) {
            self.starting.remove(&worker);
            self.tell(Event::Spawned { worker });
        }
    }

    fn spawn_fails(&mut self, n: usize) {
        if let Some(worker) = pick(self.starting.keys().copied(), n) {
            self.starting.remove(&worker);
            self.running.remove(&worker);
            self.tell(Event::SpawnFailed { worker });
        }
    }

    fn dies(&mut self, n: usize) {
        if let Some(worker) = pick(self.ending.iter().copied(), n) {
            self.exits(worker);
        }
    }

    fn dies_by_itself(&mut self, n: usize) {
        let up = self.running.keys().filter(|id| !self.starting.contains_key(id));
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

    fn sees_revoke(&mut self) {
        let Some((holder, lease)) = self.revocations.pop_front() else { return };
        self.yielded.insert(lease);
        self.tell(Event::Revoking { holder, lease });
    }

    fn change(&mut self, n: usize, deploy: bool) {
        self.revision += 1;
        let function = name(n);
        if deploy {
            self.deployed.insert(function.clone(), self.revision);
        } else {
            self.deployed.remove(&function);
        }
        self.changes.insert(self.revision, (function.clone(), self.revision));
        self.tell(Event::Changed { function, change: Some(self.revision) });
    }

    fn nonsense(&mut self, n: usize) {
        let (holder, lease) = (n as u64, 1_000_000 + n as u64);
        self.tell(Event::Release { holder, lease, readiness: Readiness::Raw });
        self.tell(Event::Kill { holder, lease, reason: KillReason::Lost });
        self.tell(Event::Revoking { holder, lease });
        self.tell(Event::Exited { worker: lease });
        // A lease of somebody else.
        if let Some(lease) = pick(self.leases.keys().copied(), n) {
            self.tell(Event::Release { holder: 999, lease, readiness: Readiness::Raw });
        }
    }

    fn wait(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        if self.pool.next_tick().is_some_and(|at| at <= self.now) {
            self.tell(Event::Tick);
            let next = self.pool.next_tick();
            assert!(next.is_none_or(|at| at > self.now), "a tick that is due again at once");
        }
    }

    /// Lets everything that is under way finish; nobody may be left waiting after that.
    fn settle(&mut self) {
        for _ in 0..200 {
            self.answer();
            self.spawn_succeeds(0);
            self.sees_revoke();
            self.dies(0);
            self.release(0);
        }
        assert!(self.waiting.is_empty(), "left waiting: {:?}", self.waiting);
        assert!(self.changes.is_empty(), "never in force: {:?}", self.changes);
    }
}

/// Cases are replayed from proptest-regressions/ first; a failing one is added there.
#[test]
fn no_worker_is_shared_no_bound_exceeded_and_no_wish_forgotten_in_a_million_transitions() {
    let config = ProptestConfig {
        cases: 2_000,
        max_shrink_iters: 20_000,
        ..ProptestConfig::with_source_file(file!())
    };
    let total = Cell::new(0);
    let ops = prop::collection::vec(op(), STEPS_A_CASE);
    let outcome = TestRunner::new(config).run(&ops, |ops| {
        let mut world = World::new();
        ops.into_iter().for_each(|op| world.run(op));
        world.settle();
        total.set(total.get() + world.transitions);
        Ok(())
    });
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    assert!(total.get() >= 1_000_000, "only {} transitions", total.get());
}

#[test]
fn after_idle_a_worker_is_stopped_and_a_stubborn_one_killed() {
    let mut world = World::new();
    world.acquire(0, 0);
    world.answer();
    world.spawn_succeeds(0);
    world.release(0);
    world.wait(60_000);
    assert_eq!(world.ending.len(), 1);
    world.now += BOUNDS.grace;
    let actions = world.pool.handle(Event::Tick, world.now);
    assert!(matches!(actions[..], [Action::Kill { .. }]), "{actions:?}");
}

#[test]
fn a_drained_pool_refuses_and_lets_held_workers_be() {
    let mut world = World::new();
    world.acquire(0, 0);
    world.answer();
    world.spawn_succeeds(0);
    world.tell(Event::Drain);
    assert_eq!((world.leases.len(), world.ending.len()), (1, 0));
    world.acquire(0, 0);
    assert!(world.waiting.is_empty());
    world.release(0);
    assert_eq!(world.ending.len(), 1);
}

#[test]
fn another_holder_gets_a_worker_when_the_first_gives_one_back_on_request() {
    let mut world = World::new();
    world.deployed.insert(name(0), 1);
    (0..MAX).for_each(|_| world.acquire(0, 0));
    world.answer();
    (0..MAX).for_each(|_| world.spawn_succeeds(0));
    world.acquire(1, 0);
    let (holder, lease) = world.revocations[0];
    assert_eq!(holder, 1);
    world.leases.remove(&lease);
    world.tell(Event::Release { holder, lease, readiness: Readiness::Raw });
    assert!(world.leases.values().any(|(holder, _)| *holder == 2));
}
