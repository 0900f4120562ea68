//! What functions wrote and what invocations became, gathered until ipcd has it.
//!
//! Counting takes no allocation and no system call; the sender wakes at most every 100 ms, and not at all when nothing has happened.
//! What is gathered has a bound: beyond it lines are dropped, and how many is counted.
//!
//! # Layout
//! - [`tally`]: invocations of one lease; [`counting`]: one of them
//! - [`gathered`]: what has not been sent
//! - [`sender`]: the connection to ipcd

mod counting;
mod gathered;
mod sender;
mod tally;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bunbase_manifest::Name;
use bunbase_wire::telemetry::{Line, Outcome};
use tokio::sync::Notify;

use crate::books::Terms;
use gathered::Gathered;

pub(crate) use counting::{Counted, Counting};
pub use sender::scrape;
pub(crate) use tally::{Tallied, Tally};

/// Where all leases of a holder write down what has happened.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    /// Somebody is told. Nothing is kept otherwise.
    on: Cell<bool>,
    gathered: RefCell<Gathered>,
    /// Rung when there is something to send.
    news: Notify,
    /// Rung when that has lines.
    lines: Notify,
    /// Rung when all has been sent.
    sent: Notify,
    /// What has been taken to be sent has not arrived.
    under_way: Cell<bool>,
}

impl Recorder {
    /// From now on somebody is told.
    pub(crate) fn start(self: &Rc<Self>, socket: PathBuf) {
        self.on.set(true);
        tokio::task::spawn_local(sender::send(Rc::clone(self), socket));
    }

    /// An invocation of this lease is over.
    pub(crate) fn over(&self, terms: &Rc<Terms>, outcome: Outcome, took: Duration, cold: bool) {
        if self.on.get() && terms.tally.add(outcome, took, cold) {
            self.gathered.borrow_mut().lease(Rc::clone(terms));
            self.news.notify_one();
        }
    }

    /// A call is over that had no lease.
    fn over_without_lease(&self, function: &Name, outcome: Outcome, took: Duration) {
        if self.on.get() {
            self.gathered.borrow_mut().call(function, outcome, took);
            self.news.notify_one();
        }
    }

    /// A function has written this.
    pub(crate) fn line(&self, line: impl FnOnce(i64) -> Line) {
        if self.on.get() {
            let now_us = i64::try_from(since_1970().as_micros()).unwrap_or(i64::MAX);
            self.gathered.borrow_mut().line(line(now_us));
            self.news.notify_one();
            self.lines.notify_one();
        }
    }

    /// So many lines of a function are not kept.
    pub(crate) fn dropped(&self, function: &Name, lines: u64) {
        if self.on.get() {
            self.gathered.borrow_mut().dropped(function, lines);
            self.news.notify_one();
        }
    }

    /// Waits until all that there is has arrived.
    pub(crate) async fn all_sent(&self) {
        while self.under_way.get() || !self.gathered.borrow_mut().is_empty() {
            self.lines.notify_one();
            self.news.notify_one();
            self.sent.notified().await;
        }
    }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
