//! What is known of a function, its workers, and who waits for them.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bunbase_wire::lease::WorkerId;

use crate::event::{Deployed, Wish};
use crate::policy::{Bounds, Policy};
use crate::worker::State;

/// How long a worker without work is kept of which the registry could not say what it is: nobody may ask again.
const UNANSWERED: Duration = Duration::from_secs(60);

/// What the registry said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Knowledge {
    /// Nothing is deployed, or it was not asked. The next wish asks.
    #[default]
    Nothing,
    /// It was asked and has not answered. Nothing is granted until it has.
    Asked,
    /// It could not answer. Workers stay until it is asked again.
    Unanswered,
    /// This is deployed.
    Known(Deployed),
}

/// A wish in line.
#[derive(Debug, Clone, Hash)]
pub struct Waiting {
    /// Whose.
    pub wish: Wish,
    /// Grows with each wish, of whatever function.
    pub number: u64,
    /// The holder was told that it stands in line.
    pub told: bool,
}

/// A worker, as one of its function's.
#[derive(Debug, Clone, Hash)]
pub struct Worker {
    /// What it runs.
    pub revision: u64,
    /// Where it is in its life.
    pub state: State,
    /// Since when it is there.
    pub born: Instant,
    /// Invocations that it has served on leases that have ended.
    pub served: u64,
    /// It is to be replaced.
    pub worn: bool,
}

/// A pause before the next worker is started that nobody has asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rest {
    /// Until when.
    pub until: Instant,
    length: Duration,
}

/// A function that somebody wants or that has workers.
#[derive(Debug, Clone, Default)]
pub struct Function {
    /// What is deployed.
    pub knowledge: Knowledge,
    /// Who waits, first come first served.
    pub waiting: VecDeque<Waiting>,
    /// Its processes, until they are reaped.
    pub workers: BTreeMap<WorkerId, Worker>,
    /// After workers that could not begin.
    pub rest: Option<Rest>,
    /// When it is looked at again.
    pub timer: Option<Instant>,
}

impl Rest {
    const SHORTEST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(60);

    /// Twice as long as the one before.
    pub fn after(before: Option<Self>, now: Instant) -> Self {
        let length = before.map_or(Self::SHORTEST, |rest| (rest.length * 2).min(Self::LONGEST));
        Self { until: now + length, length }
    }
}

impl Worker {
    /// A worker whose process was just ordered.
    pub fn new(revision: u64, now: Instant) -> Self {
        Self { revision, state: State::new(), born: now, served: 0, worn: false }
    }

    /// When it is killed if it has not stopped by itself.
    pub fn grace_ends(&self, bounds: &Bounds) -> Option<Instant> {
        match &self.state {
            State::Terminated(t) if !t.killed => Some(t.since + bounds.grace),
            State::Terminated(_) | State::Starting(_) | State::Busy(_) => None,
            State::Warm(_) | State::Idle(_) => None,
        }
    }

    /// When it is too old.
    pub fn wears_out(&self, bounds: &Bounds) -> Option<Instant> {
        let there = self.state.is_live() && !self.worn;
        there.then(|| self.born + bounds.age)
    }
}

impl Function {
    /// What is deployed, if that is known.
    pub fn deployed(&self) -> Option<&Deployed> {
        match &self.knowledge {
            Knowledge::Known(deployed) => Some(deployed),
            Knowledge::Nothing | Knowledge::Asked | Knowledge::Unanswered => None,
        }
    }

    /// Its numbers, if they are known.
    pub fn policy(&self) -> Option<&Policy> {
        self.deployed().map(|deployed| &deployed.policy)
    }

    /// Whether this worker runs something else than what is deployed. Nobody knows while the registry is asked.
    pub fn is_superseded(&self, worker: &Worker) -> bool {
        match &self.knowledge {
            Knowledge::Nothing => true,
            Knowledge::Asked | Knowledge::Unanswered => false,
            Knowledge::Known(deployed) => deployed.revision != worker.revision,
        }
    }

    /// Workers that are there or coming, of whatever revision.
    pub fn live(&self) -> usize {
        self.workers.values().filter(|worker| worker.state.is_live()).count()
    }

    /// Those of what is deployed that need no replacement: the others are leaving, and don't count against its maximum.
    pub fn fresh(&self) -> impl Iterator<Item = (WorkerId, &Worker)> {
        let revision = self.deployed().map(|deployed| deployed.revision);
        let of = move |w: &Worker| Some(w.revision) == revision && !w.worn && w.state.is_live();
        self.workers.iter().filter(move |(_, w)| of(w)).map(|(id, w)| (*id, w))
    }

    /// Fresh ones that are still being started.
    pub fn coming(&self) -> usize {
        self.fresh().filter(|(_, worker)| worker.state.is_coming()).count()
    }

    /// Whether it can do with a worker less.
    pub fn has_spare(&self) -> bool {
        let min = self.policy().map_or(0, |policy| policy.min as usize);
        min == 0 || self.fresh().count() > min
    }

    /// When a worker has been idle for long enough.
    pub fn idle_ends(&self, worker: &Worker) -> Option<Instant> {
        let idle = match &self.knowledge {
            Knowledge::Unanswered => UNANSWERED,
            Knowledge::Nothing | Knowledge::Asked | Knowledge::Known(_) => self.policy()?.idle,
        };
        worker.state.free_since().filter(|_| self.has_spare()).map(|since| since + idle)
    }
}
