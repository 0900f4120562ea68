//! The connection to one worker: invocations out, answers and log lines in. One task a stream.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bunbase_manifest::Name;
use bunbase_wire::lease::{KillReason, Readiness, ToScheduler};
use bunbase_wire::worker::{
    Decoder, Failure as Told, FailureCode, FromWorker, Invoke, Limits, Ready, ToWorker, VERSION,
    encode,
};
use tokio::net::UnixStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep};

use crate::Failure;
use crate::books::{Books, Terms};
use crate::inflight::{InFlight, Pending};
use crate::output::Origin;

/// How long a worker may take to load its function. It gives up by itself after 10 s.
const LOAD: Duration = Duration::from_secs(12);

/// Free bytes in the buffer before each read: a few answers, or a good part of a large one.
const ROOM: usize = 16 * 1024;

/// What a stream is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Send an invocation.
    Invoke(Box<Invoke>, Pending),
    /// Nobody waits for this one any more.
    Cancel(u64),
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
}

/// A stream at work.
pub(crate) struct Stream {
    pub function: Name,
    pub terms: Terms,
    pub readiness: Readiness,
    pub quiet: Duration,
    socket: UnixStream,
    orders: mpsc::UnboundedReceiver<Order>,
    decoder: Decoder<FromWorker>,
    out: Vec<u8>,
    sent: usize,
    inflight: InFlight,
    /// Invocations that came before the worker's `ready`.
    early: Vec<(Box<Invoke>, Pending)>,
}

impl Stream {
    pub(crate) fn new(
        (function, terms): (Name, Terms),
        readiness: Readiness,
        quiet: Duration,
        socket: UnixStream,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Self {
        Self {
            function,
            terms,
            readiness,
            quiet,
            socket,
            orders,
            decoder: Decoder::new(Limits::default()),
            out: Vec::new(),
            sent: 0,
            inflight: InFlight::default(),
            early: Vec::new(),
        }
    }

    /// Runs until the lease ends, tells everyone who still waits, and enters the end into the books.
    pub(crate) async fn run(mut self, books: Rc<RefCell<Books>>, news: Rc<Notify>) {
        let key = self.terms.key;
        match self.serve(&books).await {
            End::Clean => {
                let readiness = self.readiness;
                books.borrow_mut().ended(key, |lease| ToScheduler::Release { lease, readiness });
            }
            End::Broken(reason, why) => {
                tracing::warn!(
                    function = %self.function, version = self.terms.version.short(),
                    worker_id = self.terms.worker, reason = reason.as_str(), "worker given up: {why}"
                );
                books.borrow_mut().ended(key, |lease| ToScheduler::Kill { lease, reason });
                self.fail_all(&why);
            }
        }
        news.notify_one();
    }

    async fn serve(&mut self, books: &RefCell<Books>) -> End {
        let mut last_uses = None;
        let mut timer = pin!(sleep(if self.is_loading() { LOAD } else { self.quiet }));
        loop {
            tokio::select! {
                readable = self.socket.readable() => {
                    let was_loading = self.is_loading();
                    if let Err(end) = self.read(readable) { return end }
                    if was_loading && !self.is_loading() {
                        timer.as_mut().reset(Instant::now() + self.quiet);
                    }
                }
                writable = self.socket.writable(), if self.has_output() => {
                    if let Err(end) = self.write(writable) { return end }
                }
                order = self.orders.recv() => {
                    if let Err(end) = self.follow(order) { return end }
                }
                () = &mut timer => {
                    if self.is_loading() {
                        return End::Broken(KillReason::LoadFailed, Failure::LoadFailed);
                    }
                    let uses = books.borrow_mut().uses_if_quiet(self.terms.key);
                    if uses.is_some() && uses == last_uses { return self.end() }
                    last_uses = uses;
                    timer.as_mut().reset(Instant::now() + self.quiet);
                }
            }
        }
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
        let lost = || End::Broken(KillReason::Lost, Failure::WorkerDied);
        readable.map_err(|_| lost())?;
        self.decoder.buffer().reserve(ROOM);
        match self.socket.try_read_buf(self.decoder.buffer()) {
            Ok(0) => return Err(lost()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
            Err(_) => return Err(lost()),
        }
        loop {
            match self.decoder.next_message() {
                Ok(Some(message)) => self.take(message)?,
                Ok(None) => return self.flush(),
                Err(error) => return Err(self.nonsense(&error.to_string())),
            }
        }
    }

    fn write(&mut self, writable: std::io::Result<()>) -> Result<(), End> {
        writable.map_err(|_| End::Broken(KillReason::Lost, Failure::WorkerDied))?;
        self.flush()
    }

    /// Writes what can be written now.
    fn flush(&mut self) -> Result<(), End> {
        while self.has_output() {
            match self.socket.try_write(&self.out[self.sent..]) {
                Ok(n) => self.sent += n,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                // It may have said why before it went: what it said is read first.
                Err(_) => break,
            }
        }
        self.out.clear();
        self.sent = 0;
        Ok(())
    }

    /// Follows an order and all that wait behind it, then writes once.
    fn follow(&mut self, order: Option<Order>) -> Result<(), End> {
        let mut next = order;
        while let Some(order) = next {
            match order {
                Order::Invoke(invoke, pending) => self.invoke(invoke, pending),
                Order::Cancel(id) => self.cancel(id),
                Order::Overdue(id) => self.overdue(id)?,
                Order::End => return Err(self.end()),
            }
            next = self.orders.try_recv().ok();
        }
        self.flush()
    }

    fn invoke(&mut self, invoke: Box<Invoke>, pending: Pending) {
        match self.readiness {
            Readiness::Unread => self.early.push((invoke, pending)),
            Readiness::Raw | Readiness::Inline => {
                self.inflight.insert(invoke.id, pending);
                self.say(&ToWorker::Invoke(*invoke));
            }
        }
    }

    fn cancel(&mut self, id: u64) {
        self.early.retain(|(invoke, _)| invoke.id != id);
        if self.inflight.cancel(id) {
            self.say(&ToWorker::Cancel { id });
        }
    }

    fn overdue(&mut self, id: u64) -> Result<(), End> {
        let early = self.early.iter().any(|(invoke, _)| invoke.id == id);
        if !early && self.inflight.request_id(Some(id)).is_none() {
            return Ok(());
        }
        let limit = self.terms.timeout;
        // It was there a line ago.
        let _ = self.inflight.answer(id, Err(Failure::Timeout { limit }));
        Err(End::Broken(KillReason::Timeout, Failure::NeighbourTimedOut))
    }

    fn end(&self) -> End {
        let clean = self.decoder.is_empty() && !self.has_output() && self.early.is_empty();
        if clean { End::Clean } else { End::Broken(KillReason::Protocol, Failure::Nonsense) }
    }

    fn say(&mut self, message: &ToWorker) {
        if self.sent > 0 {
            self.out.drain(..self.sent);
            self.sent = 0;
        }
        encode(message, self.readiness == Readiness::Raw, &mut self.out);
    }

    fn take(&mut self, message: FromWorker) -> Result<(), End> {
        match message {
            FromWorker::Ready(ready) => self.ready(&ready),
            FromWorker::Response(response) => {
                let answered = self.inflight.answer(response.id, Ok(response));
                answered.map_err(|_| self.nonsense("an answer to nothing that was asked"))
            }
            FromWorker::Log(log) => {
                let request_id = self.inflight.request_id(log.id);
                self.origin().log(&log, request_id);
                Ok(())
            }
            FromWorker::Error(told) => self.failed(&told),
        }
    }

    fn ready(&mut self, ready: &Ready) -> Result<(), End> {
        if self.readiness != Readiness::Unread {
            return Err(self.nonsense("a second ready"));
        }
        if ready.protocol != VERSION {
            return Err(
                self.nonsense(&format!("ready for protocol {}, not {VERSION}", ready.protocol))
            );
        }
        self.readiness = if ready.raw { Readiness::Raw } else { Readiness::Inline };
        for (invoke, pending) in std::mem::take(&mut self.early) {
            self.invoke(invoke, pending);
        }
        Ok(())
    }

    fn failed(&mut self, told: &Told) -> Result<(), End> {
        let failure = self.failure(told.code);
        self.origin().log_failure(told, self.inflight.request_id(told.id));
        let Some(id) = told.id else {
            return Err(End::Broken(kill_reason(told.code), failure));
        };
        let answered = self.inflight.answer(id, Err(failure.clone()));
        answered.map_err(|_| self.nonsense("an error about nothing that was asked"))?;
        match told.code {
            // What filled the heap may still be there: the next one gets a new worker.
            FailureCode::OutOfMemory => Err(End::Broken(KillReason::OutOfMemory, failure)),
            _ => Ok(()),
        }
    }

    fn failure(&self, code: FailureCode) -> Failure {
        match code {
            FailureCode::LoadFailed => Failure::LoadFailed,
            FailureCode::Uncaught => Failure::Uncaught,
            FailureCode::BadResponse => Failure::BadResponse,
            FailureCode::Timeout => Failure::Timeout { limit: self.terms.timeout },
            FailureCode::OutOfMemory => Failure::OutOfMemory,
            FailureCode::Protocol => Failure::Nonsense,
        }
    }

    fn origin(&self) -> Origin<'_> {
        Origin { function: &self.function, terms: &self.terms }
    }

    fn nonsense(&self, what: &str) -> End {
        tracing::warn!(
            function = %self.function, worker_id = self.terms.worker, reason = "protocol",
            "the worker wrote {what}"
        );
        End::Broken(KillReason::Protocol, Failure::Nonsense)
    }

    fn fail_all(&mut self, why: &Failure) {
        self.inflight.fail_all(why);
        for (_, pending) in self.early.drain(..) {
            let _ = pending.answer.send(Err(why.clone()));
        }
        // Orders that crossed with the end.
        self.orders.close();
        while let Ok(order) = self.orders.try_recv() {
            if let Order::Invoke(_, pending) = order {
                let _ = pending.answer.send(Err(why.clone()));
            }
        }
    }
}

fn kill_reason(code: FailureCode) -> KillReason {
    match code {
        FailureCode::LoadFailed | FailureCode::Uncaught | FailureCode::BadResponse => {
            KillReason::LoadFailed
        }
        FailureCode::Timeout => KillReason::Timeout,
        FailureCode::OutOfMemory => KillReason::OutOfMemory,
        FailureCode::Protocol => KillReason::Protocol,
    }
}
