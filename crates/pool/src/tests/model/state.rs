//! The pool and the world around it, at one moment.

use std::collections::{BTreeMap, VecDeque};

use bunbase_wire::lease::{KillReason, LeaseId, Ticket, WorkerId};

use super::scenario::{Left, Scenario, name};
use crate::Pool;
use crate::event::{HolderId, Wish};
use crate::target::Target;
use crate::worker::Cause;

/// Where a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Request {
    Unsent,
    /// In its holder's line.
    Waits,
    /// On this lease.
    Runs(LeaseId),
    Answered,
    /// 502, 503 or 504.
    Failed,
    GaveUp,
}

/// A lease, as its holder sees it.
#[derive(Debug, Clone, Hash)]
pub struct Held {
    pub function: usize,
    pub worker: WorkerId,
    pub runs: Option<usize>,
    pub revoked: bool,
    /// Of a connection that has broken: nothing can be said about it any more.
    pub stale: bool,
    /// To see whether a candidate loads.
    pub probes: bool,
    pub uses: u64,
    pub most_uses: u64,
    pub worn: bool,
}

/// A packet to a holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Packet {
    Granted { ticket: Ticket, lease: LeaseId, worker: WorkerId, most_uses: u64 },
    Queued(Ticket),
    Refused { ticket: Ticket, is_final: bool },
    Revoke(LeaseId),
}

/// A packet of a holder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Said {
    Acquire(Ticket, Target),
    Cancel(Ticket),
    Revoking(LeaseId),
    Worn(LeaseId),
    Release {
        lease: LeaseId,
        served: u64,
    },
    Kill(LeaseId, KillReason),
    /// The connection has ended.
    Gone,
}

/// A lease holder.
#[derive(Debug, Clone, Default, Hash)]
pub struct Holder {
    /// The connection that it has now.
    pub link: HolderId,
    pub last_ticket: Ticket,
    /// Tickets and functions.
    pub wishes: Vec<(Ticket, usize)>,
    /// The wish for a worker of a candidate.
    pub probe: Option<(Ticket, usize)>,
    pub leases: BTreeMap<LeaseId, Held>,
    pub inbox: VecDeque<Packet>,
}

/// Where a worker's process is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Life {
    Starting,
    Up,
    /// Its stream was closed on schedulerd's side.
    Told(Cause),
    Killed(Cause),
    /// Ended by itself; schedulerd does not know yet.
    Crashed,
    /// Here only for its holder, who does not know yet.
    Reaped,
}

/// A worker's process and what stands in its stream.
#[derive(Debug, Clone, Hash)]
pub struct Process {
    pub target: Target,
    pub revision: u64,
    pub life: Life,
    /// The request that it works at.
    pub works_at: Option<usize>,
    /// The request whose answer it has written and nobody has read.
    pub said: Option<usize>,
}

/// From the registry to schedulerd.
#[derive(Debug, Clone, Hash)]
pub enum News {
    Resolved(Target, u64),
    Unknown(Target),
    Failed(Target),
    Changed(usize, u64),
}

/// What is deployed.
#[derive(Debug, Clone, Default, Hash)]
pub struct Registry {
    pub deployed: Vec<Option<u64>>,
    /// A function's revision that is probed before it comes into service, and whether it was seen to load.
    pub staged: Option<(usize, u64)>,
    pub loads: bool,
    pub last_revision: u64,
    pub questions: VecDeque<Target>,
    pub news: VecDeque<News>,
    /// Changes that schedulerd has not said to be in force: function and revision.
    pub changes: BTreeMap<u64, (usize, u64)>,
}

/// What must never happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// A worker was granted while another had it.
    Shared,
    /// A worker was granted that was told to stop or killed.
    GrantedTerminated,
    /// A worker was granted before its process ran.
    GrantedEarly,
    /// A worker of another function or revision was granted.
    GrantedOther,
    /// A wish was answered that did not stand any more.
    AnsweredTwice,
    /// Somebody's worker was told to stop.
    StoppedInUse,
    /// A lease was asked for twice, or a question asked while it stood.
    AskedTwice,
    /// A worker was started of what was not known.
    StartedUnknown,
    /// A change was said to be in force that was not announced.
    AppliedTwice,
    /// Another request's answer came.
    ForeignAnswer,
    /// An invocation began on what had been replaced.
    BegunOnOld,
    /// A tick is due again at once.
    TickAgain,
}

/// Everything.
#[derive(Debug, Clone, Hash)]
#[expect(clippy::derived_hash_with_manual_eq, reason = "states are compared by their hash")]
pub struct State {
    pub pool: Pool,
    pub left: Left,
    pub requests: Vec<Request>,
    pub holders: Vec<Holder>,
    /// What was said to schedulerd and it has not read, by connection.
    pub outboxes: BTreeMap<HolderId, VecDeque<Said>>,
    pub processes: BTreeMap<WorkerId, Process>,
    pub registry: Registry,
    /// What schedulerd has been told of each function.
    pub loaded: BTreeMap<Target, u64>,
    /// Wishes that it has read and neither granted nor refused.
    pub wishes: BTreeMap<Wish, Target>,
    /// Leases that it has granted, and has not read the end of. Whether it asked for them.
    pub leases: BTreeMap<LeaseId, (HolderId, WorkerId, bool)>,
    /// What is older than this must not be begun any more.
    pub in_force: Vec<u64>,
    pub wrong: Option<Wrong>,
}

impl State {
    pub fn new(scenario: &Scenario) -> Self {
        let holders = (1..).take(scenario.holders).map(|link| Holder { link, ..Holder::default() });
        let mut registry = Registry {
            deployed: vec![Some(1); scenario.functions],
            last_revision: 1,
            ..Registry::default()
        };
        if scenario.min > 0 {
            (0..scenario.functions).for_each(|function| registry.announce(function));
        }
        Self {
            pool: Pool::new(scenario.bounds(), scenario.began),
            left: scenario.left,
            requests: vec![Request::Unsent; scenario.requests.len()],
            holders: holders.collect(),
            outboxes: BTreeMap::new(),
            processes: BTreeMap::new(),
            registry,
            loaded: BTreeMap::new(),
            wishes: BTreeMap::new(),
            leases: BTreeMap::new(),
            in_force: vec![0; scenario.functions],
            wrong: None,
        }
    }

    /// Remembers the first thing that went wrong.
    pub fn claim(&mut self, holds: bool, otherwise: Wrong) {
        if !holds && self.wrong.is_none() {
            self.wrong = Some(otherwise);
        }
    }

    /// Sends schedulerd something on a connection of a holder.
    pub fn send(&mut self, link: HolderId, said: Said) {
        self.outboxes.entry(link).or_default().push_back(said);
    }
}

impl Registry {
    /// Says that a function has changed.
    pub fn announce(&mut self, function: usize) {
        self.last_revision += 1;
        let change = self.last_revision;
        self.changes.insert(change, (function, self.deployed[function].unwrap_or(change)));
        self.news.push_back(News::Changed(function, change));
    }
}

impl Process {
    /// Whether something still reads what is written to it.
    pub fn is_up(&self) -> bool {
        self.life == Life::Up
    }

    pub fn has_ended(&self) -> bool {
        matches!(self.life, Life::Killed(_) | Life::Crashed | Life::Reaped)
    }
}

/// What is in service under a function's name.
pub fn in_service(function: usize) -> Target {
    Target::in_service(name(function))
}
