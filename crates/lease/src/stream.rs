//! The connection to one worker: invocations out, answers and log lines in. One task a stream.
//!
//! # Layout
//! - [`orders`]: what it is told to do; [`words`]: what the worker says

mod orders;
#[cfg(test)]
mod tests;
mod words;

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bunbase_wire::lease::{KillReason, Readiness, ToScheduler};
use bunbase_wire::worker::{Chunk, Decoder, FromWorker, LOG_LINE, Limits};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until};

use crate::books::{Books, Entered, Terms};
use crate::inflight::{InFlight, Pending, Unanswered};
use crate::invoker::GRACE;
use crate::output::Budget;
use crate::probe::{NotProbed, Probed};
use crate::transport::Pipe;
use crate::{Failure, kills};

/// How long a worker may take to load its function. It gives up by itself after 10 s.
const LOAD: Duration = Duration::from_secs(12);

/// Free bytes in the buffer before each read: a few answers.
const ROOM: usize = 16 * 1024;

/// Free bytes at most for what is missing of an announced body. More is taken when it has come.
const ROOM_FOR_BODY: usize = 256 * 1024;

/// How long a worker that floods its log waits before more of it is read: passing over lines is time that all others would wait.
const PAUSE: Duration = Duration::from_millis(5);

/// Free bytes in the buffer before such a read: what it has to say besides is not to stand behind its lines for long.
const ROOM_IN_FLOOD: usize = 64 * 1024;

/// What a stream is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Send an invocation.
    Invoke(Pending),
    /// Send a part of a request's body.
    Chunk(Chunk),
    /// This one can't go on, for this reason.
    BreakOff(u64, Failure),
    /// Nobody waits for this one any more.
    Cancel(u64),
    /// So much of this one's answer has been passed on.
    Acknowledge { id: u64, bytes: usize },
    /// This one is past its deadline, and the worker has not said so itself: it can't be used any more.
    Overdue(u64),
    /// Nothing is in flight and nothing more will come: give the lease back.
    End,
}

/// How a stream came to its end.
enum End {
    /// Between two messages: the next holder can go on.
    Clean,
    /// The worker is of no use any more.
    Broken(KillReason, Failure),
    /// It has stopped because one ran past its deadline, has said so of all that had begun, and the others never did.
    Interrupted(KillReason),
}

/// A stream at work.
pub(crate) struct Stream<P> {
    terms: Rc<Terms>,
    readiness: Readiness,
    quiet: Duration,
    socket: P,
    orders: mpsc::UnboundedReceiver<Order>,
    decoder: Decoder<FromWorker>,
    out: Vec<u8>,
    sent: usize,
    /// Bytes that the kernel has taken, of all that were ever written.
    written: u64,
    /// The worker has gone without having read the last of them.
    unread: bool,
    budget: Budget,
    /// Until when nothing is read.
    pause: Option<Instant>,
    inflight: InFlight,
    /// Invocations that came before the worker's `ready`.
    early: Vec<Pending>,
    /// The number of the first invocation of this lease. What the worker says of lower ones is for an earlier holder.
    first_id: u64,
    /// The lease is given back as soon as nothing lingers.
    ending: bool,
    /// The worker has said that it ends: by what it said last, or by nothing more.
    stopping: bool,
    /// Invocations that a limit has ended and that are still to be counted.
    ended_by_limit: u32,
    /// Little memory is left.
    worn: bool,
    /// Who only wants to know whether it loads.
    prober: Option<oneshot::Sender<Probed>>,
    /// Why it does not, for them.
    last_words: Option<String>,
}

impl<P: Pipe> Stream<P> {
    pub(crate) fn new(
        entered: Entered,
        readiness: Readiness,
        quiet: Duration,
        socket: P,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Self {
        let (terms, prober) = match entered {
            Entered::Serving(terms) => (terms, None),
            Entered::Probing(terms, prober) => (terms, Some(prober)),
        };
        let first_id = terms.next_id.get();
        if readiness != Readiness::Unread {
            terms.ready.set(Some(Instant::now()));
        }
        Self {
            terms,
            readiness,
            quiet,
            socket,
            orders,
            decoder: Decoder::new(Limits::default()),
            out: Vec::new(),
            sent: 0,
            written: 0,
            unread: false,
            budget: Budget::default(),
            pause: None,
            inflight: InFlight::default(),
            early: Vec::new(),
            first_id,
            ending: false,
            stopping: false,
            ended_by_limit: 0,
            worn: false,
            prober,
            last_words: None,
        }
    }

    /// Runs until the lease ends, tells everyone who still waits, and enters the end into the books.
    pub(crate) async fn run(mut self, books: Rc<RefCell<Books>>, news: Rc<Notify>) {
        let key = self.terms.key;
        let end = self.serve(&books).await;
        self.report_dropped();
        match end {
            End::Clean => {
                let readiness = self.readiness;
                let release = |lease, served| ToScheduler::Release { lease, readiness, served };
                books.borrow_mut().ended(key, release);
                self.tell_prober(Ok(()));
            }
            End::Broken(reason, why) => {
                self.give_up(&books, reason);
                let (failure, message) = (why.clone(), self.last_words.take());
                self.tell_prober(Err(NotProbed::DoesNotLoad { failure, message }));
                self.leave(&why, false);
            }
            End::Interrupted(reason) => {
                self.give_up(&books, reason);
                self.leave(&Failure::NeighbourStopped, true);
            }
        }
        news.notify_one();
    }

    fn give_up(&self, books: &RefCell<Books>, reason: KillReason) {
        tracing::warn!(
            function = %self.terms.function, version = self.terms.version.short(),
            worker_id = self.terms.worker, reason = reason.as_str(), "worker given up"
        );
        books.borrow_mut().count_kill(reason.as_str());
        books.borrow_mut().ended(self.terms.key, |lease, _| ToScheduler::Kill { lease, reason });
    }

    fn tell_prober(&mut self, probed: Probed) {
        // Who has stopped waiting in this very moment needs no word.
        self.prober.take().map(|prober| prober.send(probed));
    }

    async fn serve(&mut self, books: &RefCell<Books>) -> End {
        if self.prober.is_some() && !self.is_loading() {
            return self.end();
        }
        let mut last_uses = None;
        let mut timer = pin!(sleep(if self.is_loading() { LOAD } else { self.quiet }));
        loop {
            tokio::select! {
                // A worker that never stops talking keeps neither orders nor the clock from their turn, and orders end
                // when all are followed. What is to be written is written with them and behind each read.
                biased;
                order = self.orders.recv() => {
                    if let Err(end) = self.follow(order) { return end }
                }
                () = &mut timer => {
                    if self.is_loading() {
                        return End::Broken(KillReason::LoadFailed, Failure::LoadFailed);
                    }
                    self.report_dropped_in_time();
                    let uses = books.borrow_mut().uses_if_quiet(self.terms.key);
                    let quiet = uses.is_some() && uses == last_uses;
                    if (quiet || self.ending) && !self.keeps_lease() { return self.end() }
                    last_uses = uses;
                    timer.as_mut().reset(Instant::now() + self.quiet);
                }
                () = sleep_until(self.pause.unwrap_or_else(Instant::now)), if self.pause.is_some() => {
                    self.pause = None;
                }
                readable = self.socket.readable(), if self.pause.is_none() => {
                    let was_loading = self.is_loading();
                    let read = self.read(readable);
                    self.enter(books);
                    if let Err(end) = read { return end }
                    // Everybody else has a turn before more of this worker is read.
                    yield_now().await;
                    if was_loading && !self.is_loading() {
                        timer.as_mut().reset(Instant::now() + self.quiet);
                    }
                }
                writable = self.socket.writable(), if self.has_output() => {
                    if let Err(end) = self.write(writable) { return end }
                }
            }
        }
    }

    /// Enters what has been read of into the books.
    fn enter(&mut self, books: &RefCell<Books>) {
        for _ in 0..std::mem::take(&mut self.ended_by_limit) {
            books.borrow_mut().count_kill(kills::OUTPUT);
        }
        if self.stopping {
            books.borrow_mut().closing(self.terms.key);
        }
        if std::mem::take(&mut self.worn) {
            books.borrow_mut().worn(self.terms.key);
        }
    }

    /// Whether something goes on behind its answer.
    fn keeps_lease(&mut self) -> bool {
        let limit = self.terms.limits.timeout.duration() + GRACE;
        self.inflight.lingering.keeps_lease(Instant::now(), limit)
    }

    /// One timer serves both: a worker that is still loading when it runs out has failed, and one that has
    /// loaded is looked at for quiet.
    fn is_loading(&self) -> bool {
        self.readiness == Readiness::Unread
    }

    fn has_output(&self) -> bool {
        self.sent < self.out.len()
    }

    fn read(&mut self, readable: std::io::Result<()>) -> Result<(), End> {
        readable.map_err(|_| self.lost())?;
        let in_flood = self.budget.is_spent();
        let room = if in_flood {
            ROOM_IN_FLOOD
        } else {
            self.decoder.missing().clamp(ROOM, ROOM_FOR_BODY)
        };
        self.decoder.buffer().reserve(room);
        match self.socket.try_read_buf(self.decoder.buffer()) {
            Ok(0) => return Err(self.lost()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => {
                self.unread = error.kind() == std::io::ErrorKind::ConnectionReset;
                return Err(self.lost());
            }
        }
        loop {
            if in_flood && self.decoder.skip_line(LOG_LINE) {
                self.skipped();
                continue;
            }
            match self.decoder.next_message() {
                Ok(Some(message)) => self.take(message)?,
                Ok(None) if self.ending && self.decoder.is_empty() && !self.keeps_lease() => {
                    return Err(self.end());
                }
                Ok(None) => return self.flush(),
                Err(error) => return Err(self.nonsense(&error.to_string())),
            }
        }
    }

    /// The worker is gone, or goes in this moment.
    fn lost(&self) -> End {
        match self.stopping {
            true => End::Broken(KillReason::CpuTime, Failure::NeighbourStopped),
            false => End::Broken(KillReason::Lost, Failure::WorkerDied),
        }
    }

    fn write(&mut self, writable: std::io::Result<()>) -> Result<(), End> {
        writable.map_err(|_| self.lost())?;
        self.flush()
    }

    /// Writes what can be written now.
    fn flush(&mut self) -> Result<(), End> {
        while self.has_output() {
            match self.socket.try_write(&self.out[self.sent..]) {
                Ok(n) => {
                    self.sent += n;
                    self.written += n as u64;
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                // It may have said why before it went: what it said is read first.
                Err(_) => break,
            }
        }
        self.out.clear();
        self.sent = 0;
        Ok(())
    }

    /// Tells everyone who still waits, those included whose orders crossed with the end.
    fn leave(&mut self, why: &Failure, knows_begun: bool) {
        self.orders.close();
        let mut left: Vec<Pending> = self.inflight.drain(why).chain(self.early.drain(..)).collect();
        while let Ok(order) = self.orders.try_recv() {
            if let Order::Invoke(pending) = order {
                left.push(pending);
            }
        }
        for pending in left {
            let outcome = match knows_begun || self.has_not_reached_it(&pending) {
                true => Unanswered::NeverBegun(pending.invoke, why.clone()),
                false => Unanswered::Failed(why.clone()),
            };
            // Who has stopped waiting in this very moment needs no answer.
            let _ = pending.answer.send(Err(outcome));
        }
    }

    /// Whether the worker can't have begun with an invocation: it was ready, and has not got all of it. A worker that dies
    /// while it loads may do so each time.
    fn has_not_reached_it(&self, pending: &Pending) -> bool {
        // Of what is unread when a Unix socket is closed, the other side hears by a reset: at least of the last byte.
        let is_unread = self.unread && pending.until == self.written;
        !self.is_loading() && (pending.until == 0 || pending.until > self.written || is_unread)
    }
}
