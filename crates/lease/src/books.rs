//! The books: which leases are held, which slots are free, who waits. No I/O, no clock, no tasks.
//!
//! A function's line is first come, first served. A waiter gets a [`Slot`]; dropping the slot gives it to
//! the next in line.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

use bunbase_manifest::{ByteSize, Limits, Millis, Name, Version};
use bunbase_wire::lease::{Granted, LeaseId, Refused, Ticket, ToScheduler, WorkerId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::Failure;
use crate::kills::Kills;
use crate::probe::{NotProbed, Probed, Prober};
use crate::report::{Recorder, Tally};
use crate::stream::Order;

/// Wishes that one function has at schedulerd at a time.
const MAX_WISHES: usize = 8;

/// How long one waits for a function of which nothing is known yet, and how many may.
const UNKNOWN_PATIENCE: Millis = Millis::from_secs(30);
const UNKNOWN_QUEUE: u32 = 100;

/// Ids of invocations begin with the lease's number: late words about those of an earlier lease on the same
/// stream can't be taken for ours. JSON numbers are exact up to 2^53.
const ID_BITS: u32 = 24;

/// A lease across restarts of schedulerd, whose numbers begin anew then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// Which connection to schedulerd.
    link: u64,
    /// The lease's number on it.
    lease: LeaseId,
}

/// What is fixed for a lease; shared with everyone who has a slot on it.
#[derive(Debug)]
pub(crate) struct Terms {
    pub key: Key,
    pub function: Name,
    pub worker: WorkerId,
    pub version: Version,
    pub limits: Limits,
    pub max_body: ByteSize,
    pub orders: mpsc::UnboundedSender<Order>,
    /// The number of the next invocation on the stream.
    pub next_id: Cell<u64>,
    /// Since when invocations are sent: the worker has loaded its function.
    pub ready: Cell<Option<Instant>>,
    /// What its invocations became.
    pub tally: Tally,
    /// Where that is told.
    pub recorder: Rc<Recorder>,
}

/// A right to one invocation on one worker.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub terms: Rc<Terms>,
}

/// Who waits for a slot.
pub(crate) type Waiter = oneshot::Sender<Result<Slot, Failure>>;

#[derive(Debug)]
struct Lease {
    terms: Rc<Terms>,
    concurrency: u32,
    used: u32,
    revoked: bool,
    /// Grows with each use, so that a timer can tell whether the lease was quiet all the while.
    uses: u64,
    /// Uses after which the worker is worn.
    most_uses: u64,
    /// schedulerd has been told that the worker is worn.
    worn: bool,
}

#[derive(Debug, Default)]
struct Function {
    leases: BTreeMap<Key, Lease>,
    line: VecDeque<Waiter>,
    wishes: Vec<Ticket>,
    patience: Option<Millis>,
    queue: Option<u32>,
    concurrency: Option<u32>,
}

/// All that one lease holder has and wants.
#[derive(Debug, Default)]
pub(crate) struct Books {
    functions: HashMap<Name, Function>,
    pub(crate) owners: HashMap<Key, Name>,
    link: u64,
    last_ticket: Ticket,
    pub(crate) to_scheduler: Vec<ToScheduler>,
    /// Who waits to hear whether a candidate loads.
    pub(crate) probes: HashMap<Ticket, Prober>,
    kills: Kills,
    pub(crate) recorder: Rc<Recorder>,
}

/// What a grant is for.
pub(crate) enum Entered {
    /// Invocations.
    Serving(Rc<Terms>),
    /// To see whether it loads.
    Probing(Rc<Terms>, oneshot::Sender<Probed>),
}

impl Books {
    /// A slot at once, if there is one.
    pub(crate) fn take_slot(&mut self, name: &Name) -> Option<Slot> {
        let function = self.functions.get_mut(name)?;
        let free = |lease: &&mut Lease| !lease.revoked && lease.used < lease.concurrency;
        let lease = function.leases.values_mut().filter(free).min_by_key(|lease| lease.used)?;
        lease.used += 1;
        lease.uses += 1;
        if lease.uses >= lease.most_uses {
            report_worn(lease, &mut self.to_scheduler);
        }
        Some(Slot { terms: Rc::clone(&lease.terms) })
    }

    /// Puts a waiter at the end of the line.
    pub(crate) fn wait(
        &mut self,
        name: &Name,
    ) -> Result<oneshot::Receiver<Result<Slot, Failure>>, Failure> {
        let function = self.functions.entry(name.clone()).or_default();
        function.line.retain(|waiter| !waiter.is_closed());
        let limit = function.queue.unwrap_or(UNKNOWN_QUEUE);
        if function.line.len() >= limit as usize {
            return Err(Failure::QueueFull { limit });
        }
        let (waiter, receiver) = oneshot::channel();
        function.line.push_back(waiter);
        self.wish_for_more(name);
        Ok(receiver)
    }

    /// How long a waiter waits.
    pub(crate) fn patience(&self, name: &Name) -> Millis {
        let known = self.functions.get(name).and_then(|function| function.patience);
        known.unwrap_or(UNKNOWN_PATIENCE)
    }

    /// Enters a lease, and serves those who wait. Gives it back if its wish is no longer there.
    pub(crate) fn granted(
        &mut self,
        granted: &Granted,
        orders: mpsc::UnboundedSender<Order>,
    ) -> Option<Entered> {
        if let Some(prober) = self.probes.remove(&granted.ticket) {
            return Some(self.probing(granted, prober, orders));
        }
        let key = self.key(granted.lease);
        let wished = |f: &(&Name, &mut Function)| f.1.wishes.contains(&granted.ticket);
        let Some((name, function)) = self.functions.iter_mut().find(wished) else {
            let (lease, readiness) = (granted.lease, granted.readiness);
            self.to_scheduler.push(ToScheduler::Release { lease, readiness, served: 0 });
            return None;
        };
        let name = name.clone();
        let terms = Terms::new(key, name.clone(), granted, orders, Rc::clone(&self.recorder));
        let terms = Rc::new(terms);
        let lease = Lease::new(Rc::clone(&terms), granted);
        function.wishes.retain(|ticket| *ticket != granted.ticket);
        function.patience = Some(granted.limits.timeout);
        function.queue = Some(granted.queue);
        function.concurrency = Some(granted.concurrency.max(1));
        function.leases.insert(key, lease);
        self.owners.insert(key, name.clone());
        self.serve(&name);
        Some(Entered::Serving(terms))
    }

    /// schedulerd has none: those who wait are told, unless other workers will come to them.
    pub(crate) fn refused(&mut self, ticket: Ticket, reason: &Refused) {
        if let Some(prober) = self.probes.remove(&ticket) {
            // Who has stopped waiting in this very moment needs no word.
            let _ = prober.told.send(Err(NotProbed::NotTried(Failure::Refused(reason.clone()))));
        }
        let wished = |f: &&mut Function| f.wishes.contains(&ticket);
        let Some(function) = self.functions.values_mut().find(wished) else { return };
        function.wishes.retain(|t| *t != ticket);
        let others = !function.leases.is_empty() || !function.wishes.is_empty();
        let final_for_all = matches!(reason, Refused::NoSuchFunction);
        if others && !final_for_all {
            return;
        }
        for waiter in function.line.drain(..) {
            let _ = waiter.send(Err(Failure::Refused(reason.clone())));
        }
        self.forget_unused();
    }

    /// A slot is free again.
    pub(crate) fn give_slot_back(&mut self, slot: &Slot) {
        let (name, key) = (&slot.terms.function, slot.terms.key);
        let Some(function) = self.functions.get_mut(name) else { return };
        let Some(lease) = function.leases.get_mut(&key) else { return };
        lease.used -= 1;
        let revoked = lease.revoked;
        if !(function.line.is_empty() && function.wishes.is_empty()) {
            self.serve(name);
        }
        if revoked {
            self.end_if_revoked(key);
        }
    }

    /// Somebody has left the line.
    pub(crate) fn left(&mut self, name: &Name) {
        let Some(function) = self.functions.get_mut(name) else { return };
        function.line.retain(|waiter| !waiter.is_closed());
        if function.line.is_empty() {
            self.withdraw_wishes(name);
        }
        self.forget_unused();
    }

    /// schedulerd asks for a lease: nothing new starts on it from here on.
    pub(crate) fn revoke(&mut self, lease: LeaseId) {
        let key = self.key(lease);
        if self.owners.contains_key(&key) {
            self.closing(key);
            self.to_scheduler.push(ToScheduler::Revoking { lease });
            self.end_if_revoked(key);
        }
    }

    /// A worker is about to end: nothing new starts on it.
    pub(crate) fn closing(&mut self, key: Key) {
        self.lease(key).into_iter().for_each(|lease| lease.revoked = true);
    }

    /// How often a lease was used, if it is not in use now.
    pub(crate) fn uses_if_quiet(&mut self, key: Key) -> Option<u64> {
        self.lease(key).filter(|lease| lease.used == 0).map(|lease| lease.uses)
    }

    /// Little of this worker's memory is left.
    pub(crate) fn worn(&mut self, key: Key) {
        let Some(name) = self.owners.get(&key).filter(|_| key.link == self.link) else { return };
        let lease = self.functions.get_mut(name).and_then(|f| f.leases.get_mut(&key));
        lease.into_iter().for_each(|lease| report_worn(lease, &mut self.to_scheduler));
    }

    /// A lease has ended, after so many uses: with this message, if schedulerd still knows of it.
    pub(crate) fn ended(&mut self, key: Key, message: impl FnOnce(LeaseId, u64) -> ToScheduler) {
        let Some(name) = self.owners.remove(&key) else { return };
        let function = self.functions.get_mut(&name);
        let lease = function.and_then(|function| function.leases.remove(&key));
        if key.link == self.link {
            self.to_scheduler.push(message(key.lease, lease.map_or(0, |lease| lease.uses)));
        }
        self.wish_for_more(&name);
        self.forget_unused();
    }

    /// The connection to schedulerd has broken: wishes are gone with it, and leases are to be finished.
    pub(crate) fn disconnected(&mut self) {
        self.link += 1;
        self.to_scheduler.clear();
        // Whoever waits is told by the end of its channel.
        self.probes.clear();
        let mut held: Vec<Key> = self.owners.keys().copied().collect();
        held.sort_unstable();
        for key in held {
            self.lease(key).into_iter().for_each(|lease| lease.revoked = true);
            self.end_if_revoked(key);
        }
        self.functions.values_mut().for_each(|function| function.wishes.clear());
        let mut names: Vec<Name> = self.functions.keys().cloned().collect();
        names.sort_unstable();
        names.iter().for_each(|name| self.wish_for_more(name));
    }

    /// One more worker, or invocation, has been ended before it was done.
    pub(crate) fn count_kill(&mut self, reason: &'static str) {
        self.kills.count(reason);
    }

    /// How many have been.
    pub(crate) fn kills(&self) -> &Kills {
        &self.kills
    }

    /// Messages for schedulerd that have come up.
    pub(crate) fn messages(&mut self) -> Vec<ToScheduler> {
        std::mem::take(&mut self.to_scheduler)
    }

    /// Whether there are any.
    pub(crate) fn has_messages(&self) -> bool {
        !self.to_scheduler.is_empty()
    }

    /// Whether nothing is held, wished for, waited for or still to be said.
    pub(crate) fn is_empty(&self) -> bool {
        let held = self.functions.is_empty() && self.owners.is_empty();
        held && self.probes.is_empty() && !self.has_messages()
    }

    pub(crate) fn next_ticket(&mut self) -> Ticket {
        self.last_ticket += 1;
        self.last_ticket
    }

    /// A lease of the connection that there is now.
    pub(crate) fn key(&self, lease: LeaseId) -> Key {
        Key { link: self.link, lease }
    }

    fn lease(&mut self, key: Key) -> Option<&mut Lease> {
        let name = self.owners.get(&key)?;
        self.functions.get_mut(name)?.leases.get_mut(&key)
    }

    /// Tells the stream of a revoked lease that is not in use to end.
    fn end_if_revoked(&mut self, key: Key) {
        if let Some(lease) = self.lease(key).filter(|lease| lease.revoked && lease.used == 0) {
            // A stream that has ended already says so itself.
            let _ = lease.terms.orders.send(Order::End);
        }
    }

    /// Gives free slots to those who wait.
    fn serve(&mut self, name: &Name) {
        while let Some(waiter) = self.next_waiter(name) {
            let Some(slot) = self.take_slot(name) else {
                self.put_back(name, waiter);
                return self.wish_for_more(name);
            };
            // Gone between the two lines: the slot is given back, and to the next.
            if let Err(Ok(slot)) = waiter.send(Ok(slot))
                && let Some(lease) = self.lease(slot.terms.key)
            {
                lease.used -= 1;
            }
        }
        self.withdraw_wishes(name);
    }

    fn next_waiter(&mut self, name: &Name) -> Option<Waiter> {
        let line = &mut self.functions.get_mut(name)?.line;
        while let Some(waiter) = line.pop_front() {
            if !waiter.is_closed() {
                return Some(waiter);
            }
        }
        None
    }

    fn put_back(&mut self, name: &Name, waiter: Waiter) {
        if let Some(function) = self.functions.get_mut(name) {
            function.line.push_front(waiter);
        }
    }

    /// As many wishes as those who wait need workers; one while nothing is known of the function.
    fn wish_for_more(&mut self, name: &Name) {
        let Some(function) = self.functions.get_mut(name) else { return };
        let waiting = function.line.iter().filter(|waiter| !waiter.is_closed()).count();
        let slots_each = function.concurrency.map_or(usize::MAX, |slots| slots as usize);
        while function.wishes.len() < waiting.div_ceil(slots_each).min(MAX_WISHES) {
            self.last_ticket += 1;
            let (ticket, function_name) = (self.last_ticket, name.clone());
            function.wishes.push(ticket);
            let acquire = ToScheduler::Acquire { ticket, function: function_name, revision: None };
            self.to_scheduler.push(acquire);
        }
    }

    /// Nobody waits: what was wished for is not needed.
    fn withdraw_wishes(&mut self, name: &Name) {
        let Some(function) = self.functions.get_mut(name) else { return };
        let tickets = function.wishes.drain(..);
        self.to_scheduler.extend(tickets.map(|ticket| ToScheduler::Cancel { ticket }));
    }

    /// Functions with neither leases nor waiters nor wishes take no memory.
    fn forget_unused(&mut self) {
        let used =
            |f: &Function| !(f.leases.is_empty() && f.line.is_empty() && f.wishes.is_empty());
        self.functions.retain(|_, function| used(function));
    }
}

/// Says once that a worker is to be replaced.
fn report_worn(lease: &mut Lease, to_scheduler: &mut Vec<ToScheduler>) {
    if !std::mem::replace(&mut lease.worn, true) {
        to_scheduler.push(ToScheduler::Worn { lease: lease.terms.key.lease });
    }
}

impl Terms {
    pub(crate) fn new(
        key: Key,
        function: Name,
        granted: &Granted,
        orders: mpsc::UnboundedSender<Order>,
        recorder: Rc<Recorder>,
    ) -> Self {
        Self {
            key,
            function,
            worker: granted.worker,
            version: granted.version.clone(),
            limits: granted.limits.clone(),
            max_body: granted.max_body,
            orders,
            next_id: Cell::new(granted.lease << ID_BITS),
            ready: Cell::new(None),
            tally: Tally::default(),
            recorder,
        }
    }
}

impl Lease {
    fn new(terms: Rc<Terms>, granted: &Granted) -> Self {
        Self {
            terms,
            concurrency: granted.concurrency,
            used: 0,
            revoked: false,
            uses: 0,
            most_uses: granted.invocations,
            worn: false,
        }
    }
}

#[cfg(test)]
mod tests;
