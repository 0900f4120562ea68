//! One call from beginning to end.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use bunbase_manifest::{ByteSize, Millis, Name};
use bunbase_wire::worker::{Prepared, Response};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use crate::body::{Body, Part, Parts};
use crate::books::{Books, Slot, Terms};
use crate::inflight::{Outcome, Pending, Unanswered};
use crate::kills::Kills;
use crate::link::Link;
use crate::report::{Counted, Counting, Recorder};
use crate::stream::Order;
use crate::transport::{Sockets, Transport};
use crate::upload::{Sending, Step};
use crate::{Call, Failure, Reply, Timings, Upload};

/// What the worker has beyond the deadline to say itself that it is over, before it is killed.
pub(crate) const GRACE: Duration = Duration::from_millis(40);

/// The URL and the headers of a call together. As JSON, where a byte may become six, that fits a worker's line.
const MAX_HEAD: ByteSize = ByteSize::new(128 * 1024);

/// Workers that may end before they begin with a call; after that it is given up.
const ATTEMPTS: usize = 3;

/// How a holder behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `lease.sock`.
    pub socket: PathBuf,
    /// How long a lease is kept without use before it is given back.
    pub quiet: Duration,
    /// `telemetry.sock`: what functions write and what calls become is told there.
    pub telemetry: PathBuf,
}

/// Runs functions. Cheap to clone; all clones share leases.
#[derive(Debug, Clone)]
pub struct Invoker {
    pub(crate) books: Rc<RefCell<Books>>,
    pub(crate) news: Rc<Notify>,
    recorder: Rc<Recorder>,
}

impl Invoker {
    /// Starts the task that speaks to schedulerd. To be called inside of a `LocalRuntime` or a `LocalSet`.
    #[must_use]
    pub fn start(settings: Settings) -> Self {
        let invoker = Self::start_with(Sockets { path: settings.socket }, settings.quiet);
        invoker.recorder.start(settings.telemetry);
        invoker
    }

    /// As [`Invoker::start`], with another way to schedulerd, and nobody who is told; a lease is given back after `quiet` without use.
    #[must_use]
    pub fn start_with(scheduler: impl Transport, quiet: Duration) -> Self {
        let (books, news) = (Rc::<RefCell<Books>>::default(), Rc::<Notify>::default());
        let link = Link { scheduler, quiet, books: Rc::clone(&books), news: Rc::clone(&news) };
        tokio::task::spawn_local(link.run());
        let recorder = Rc::clone(&books.borrow().recorder);
        Self { books, news, recorder }
    }

    /// Runs a function once. Dropping the future cancels the call.
    ///
    /// # Errors
    /// When there is no answer; a function's own error responses are answers.
    pub async fn invoke(&self, call: Call) -> Result<Reply, Failure> {
        let (begun, sizes) = (Instant::now(), (call.head_size(), call.body_size()));
        let (function, invoke, upload) = invocation(call);
        let mut counting = Counting::new(&self.recorder, &function, begun);
        let answer = self.run(&function, sizes, Box::new(invoke), upload, &mut counting).await;
        counting.answered(&answer);
        answer
    }

    async fn run(
        &self,
        function: &Name,
        (head, size): (usize, u64),
        mut invoke: Box<Prepared>,
        mut upload: Option<Upload>,
        counting: &mut Counting<'_>,
    ) -> Result<Reply, Failure> {
        if head > MAX_HEAD.as_usize() {
            return Err(Failure::HeadTooLarge { limit: MAX_HEAD });
        }
        // A body can be passed on once.
        let attempts = if upload.is_some() { 1 } else { ATTEMPTS };
        let begun = counting.begun;
        let mut now = begun;
        let mut why = Failure::WorkerDied;
        for _ in 0..attempts {
            let held = self.slot(function, &mut now).await?;
            counting.on(&held.slot.terms);
            let terms = &held.slot.terms;
            if size > terms.max_body.get() {
                return Err(Failure::BodyTooLarge { limit: terms.max_body });
            }
            let queue = now - begun;
            match held.run(invoke, upload.take(), now).await {
                Ok(Answered { id, mut response, parts, sending }) => {
                    let timings = Timings { queue, run: begun.elapsed() - queue };
                    let body = std::mem::take(&mut response.body);
                    let body = match parts {
                        None => Body::Whole(body),
                        Some(parts) => {
                            let counted = Counted::new(counting, response.status);
                            Body::Stream(Box::new(Parts::new(
                                held, id, counted, body, parts, sending,
                            )))
                        }
                    };
                    return Ok(reply(response, body, timings));
                }
                Err(Unanswered::Failed(failure)) => return Err(failure),
                Err(Unanswered::NeverBegun(again, reason)) => {
                    (invoke, why, now) = (again, reason, Instant::now());
                }
            }
        }
        Err(why)
    }

    /// How many workers, and invocations, this holder has ended before they were done, by reason.
    #[must_use]
    pub fn kills(&self) -> Kills {
        self.books.borrow().kills().clone()
    }

    /// Waits until ipcd has been told all that has happened.
    pub async fn all_told(&self) {
        self.recorder.all_sent().await;
    }

    /// Whether no lease is held, no wish is under way and nobody waits.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.books.borrow().is_empty()
    }

    /// A free slot at once, or the first that becomes free while patience lasts; then it is later than `now` was.
    async fn slot(&self, function: &Name, now: &mut Instant) -> Result<Held, Failure> {
        let at_once = self.books.borrow_mut().take_slot(function);
        let slot = match at_once {
            Some(slot) => slot,
            None => {
                let slot = self.wait_for_slot(function).await?;
                *now = Instant::now();
                slot
            }
        };
        Ok(Held { slot, invoker: self.clone() })
    }

    async fn wait_for_slot(&self, function: &Name) -> Result<Slot, Failure> {
        let receiver = self.books.borrow_mut().wait(function)?;
        self.news.notify_one();
        let mut place = Place { receiver, function, invoker: self };
        let patience = self.books.borrow().patience(function);
        match tokio::time::timeout(patience.duration(), &mut place.receiver).await {
            Ok(Ok(served)) => served,
            // The books drop a waiter only with its whole function, which they do when nobody waits.
            Ok(Err(_)) => Err(Failure::WorkerDied),
            Err(_) => Err(Failure::QueueTimeout { limit: patience }),
        }
    }
}

/// An invocation that has its answer, or the head of it.
struct Answered {
    id: u64,
    response: Response,
    /// What will come of the answer's body, if that is not whole.
    parts: Option<mpsc::UnboundedReceiver<Part>>,
    /// What is still to be sent of the request's body.
    sending: Option<Box<Sending>>,
}

/// A place in line; leaving it, for whatever reason, is told to the books.
struct Place<'a> {
    receiver: oneshot::Receiver<Result<Slot, Failure>>,
    function: &'a Name,
    invoker: &'a Invoker,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.receiver.close();
        // Served in the very moment of leaving: the slot is somebody else's now.
        if let Ok(Ok(slot)) = self.receiver.try_recv() {
            drop(Held { slot, invoker: self.invoker.clone() });
        }
        self.invoker.books.borrow_mut().left(self.function);
        self.invoker.news.notify_one();
    }
}

/// A slot in use; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Held {
    slot: Slot,
    invoker: Invoker,
}

impl Held {
    pub(crate) fn timeout(&self) -> Millis {
        self.slot.terms.limits.timeout
    }

    async fn run(
        &self,
        mut invoke: Box<Prepared>,
        upload: Option<Upload>,
        now: Instant,
    ) -> Result<Answered, Unanswered> {
        let terms = &self.slot.terms;
        let id = terms.next_id.get();
        terms.next_id.set(id + 1);
        (invoke.id, invoke.timeout_ms) = (id, terms.limits.timeout.get());
        let (answer, receiver) = oneshot::channel();
        let (sending, window) =
            upload.map(|upload| Sending::new(id, Rc::clone(terms), upload)).unzip();
        let mut sending = sending.map(Box::new);
        let pending = Pending { invoke, answer, window, until: 0 };
        if let Err(unsent) = terms.orders.send(Order::Invoke(pending)) {
            // The stream has ended, and the books will know in a moment.
            return match unsent.0 {
                Order::Invoke(pending) => {
                    Err(Unanswered::NeverBegun(pending.invoke, Failure::WorkerDied))
                }
                _ => Err(Unanswered::Failed(Failure::WorkerDied)),
            };
        }
        let running = Running { held: self, id, receiver: Some(receiver) };
        let (response, parts) = running.answer(now, &mut sending).await?;
        Ok(Answered { id, response, parts, sending })
    }

    /// Since when the time of an invocation runs that was handed to the stream at `begun`: a worker that is still
    /// loading has not got it.
    fn runs_since(&self, begun: Instant) -> Instant {
        self.slot.terms.ready.get().map_or_else(Instant::now, |ready| ready.max(begun))
    }

    /// When it is overdue.
    fn deadline(&self, begun: Instant) -> Instant {
        self.runs_since(begun) + self.timeout().duration() + GRACE
    }

    pub(crate) fn terms(&self) -> &Rc<Terms> {
        &self.slot.terms
    }

    pub(crate) fn order(&self, order: Order) {
        // A stream that has ended has told everyone what there was to tell.
        let _ = self.slot.terms.orders.send(order);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut books = self.invoker.books.borrow_mut();
        books.give_slot_back(&self.slot);
        if books.has_messages() {
            self.invoker.news.notify_one();
        }
    }
}

/// An invocation under way; dropping it before its answer cancels it.
struct Running<'a> {
    held: &'a Held,
    id: u64,
    receiver: Option<oneshot::Receiver<Outcome>>,
}

impl Running<'_> {
    async fn answer(mut self, mut begun: Instant, sending: &mut Option<Box<Sending>>) -> Outcome {
        let limit = self.held.timeout();
        let failed = |failure| Err(Unanswered::Failed(failure));
        let Some(receiver) = self.receiver.as_mut() else { return failed(Failure::WorkerDied) };
        let outcome = loop {
            let answer = tokio::time::timeout_at(self.held.deadline(begun), &mut *receiver);
            tokio::select! {
                biased;
                outcome = answer => match outcome {
                    // It was sent later, or has not been: its worker was loading.
                    Err(_) if self.held.deadline(begun) > Instant::now() => {}
                    outcome => break outcome,
                },
                step = step(sending), if sending.is_some() => match step {
                    // The worker has its time anew with each part.
                    Step::Sent => begun = Instant::now(),
                    Step::Over => *sending = None,
                },
            }
        };
        self.receiver = None;
        match outcome {
            // A worker that stops says "timeout" of all that it had in flight; this one had time left.
            Ok(Ok(Err(Unanswered::Failed(Failure::Timeout { .. }))))
                if self.held.runs_since(begun).elapsed() < limit.duration() =>
            {
                failed(Failure::NeighbourStopped)
            }
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => failed(Failure::WorkerDied),
            Err(_) => {
                self.held.order(Order::Overdue(self.id));
                failed(Failure::Timeout { limit })
            }
        }
    }
}

async fn step(sending: &mut Option<Box<Sending>>) -> Step {
    match sending {
        Some(sending) => sending.step().await,
        None => Step::Over,
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.receiver.is_some() {
            self.held.order(Order::Cancel(self.id));
        }
    }
}

/// The message, but for its number and its deadline, which are the lease's.
fn invocation(call: Call) -> (Name, Prepared, Option<Upload>) {
    let invoke = Prepared {
        id: 0,
        request_id: call.request_id,
        head: call.head,
        timeout_ms: 0,
        more: call.upload.is_some(),
        body: call.body,
    };
    (call.function, invoke, call.upload)
}

fn reply(response: Response, body: Body, timings: Timings) -> Reply {
    Reply { status: response.status, headers: response.headers, body, timings }
}
