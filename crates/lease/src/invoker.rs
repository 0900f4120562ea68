//! One call from beginning to end.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bunbase_manifest::{ByteSize, Name};
use bunbase_wire::worker::{Invoke, Response};
use tokio::sync::{Notify, oneshot};

use crate::books::{Books, Slot};
use crate::inflight::Pending;
use crate::link::Link;
use crate::stream::Order;
use crate::{Call, Failure, Reply, Timings};

/// What the worker has beyond the deadline to say itself that it is over, before it is killed.
const GRACE: Duration = Duration::from_millis(40);

/// The URL and the headers of a call together. As JSON, where a byte may become six, that fits a worker's line.
const MAX_HEAD: ByteSize = ByteSize::new(128 * 1024);

/// How a holder behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `lease.sock`.
    pub socket: PathBuf,
    /// How long a lease is kept without use before it is given back.
    pub quiet: Duration,
}

/// Runs functions. Cheap to clone; all clones share leases.
#[derive(Debug, Clone)]
pub struct Invoker {
    books: Rc<RefCell<Books>>,
    news: Rc<Notify>,
}

impl Invoker {
    /// Starts the task that speaks to schedulerd. To be called inside of a `LocalSet`.
    #[must_use]
    pub fn start(settings: Settings) -> Self {
        let (books, news) = (Rc::<RefCell<Books>>::default(), Rc::<Notify>::default());
        let link = Link {
            socket: settings.socket,
            quiet: settings.quiet,
            books: Rc::clone(&books),
            news: Rc::clone(&news),
        };
        tokio::task::spawn_local(link.run());
        Self { books, news }
    }

    /// Runs a function once. Dropping the future cancels the call.
    ///
    /// # Errors
    /// When there is no answer; a function's own error responses are answers.
    pub async fn invoke(&self, call: Call) -> Result<Reply, Failure> {
        let begun = Instant::now();
        if call.head_size() > MAX_HEAD.as_usize() {
            return Err(Failure::HeadTooLarge { limit: MAX_HEAD });
        }
        let held = self.slot(&call.function).await?;
        let terms = &held.slot.terms;
        if call.body.len() as u64 > terms.max_body.get() {
            return Err(Failure::BodyTooLarge { limit: terms.max_body });
        }
        let queue = begun.elapsed();
        let response = held.run(call).await?;
        let timings = Timings { queue, run: begun.elapsed() - queue };
        Ok(reply(response, &held.slot, timings))
    }

    /// A free slot at once, or the first that becomes free while patience lasts.
    async fn slot(&self, function: &Name) -> Result<Held, Failure> {
        let at_once = self.books.borrow_mut().take_slot(function);
        let slot = match at_once {
            Some(slot) => slot,
            None => self.wait_for_slot(function).await?,
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
struct Held {
    slot: Slot,
    invoker: Invoker,
}

impl Held {
    async fn run(&self, call: Call) -> Result<Response, Failure> {
        let terms = &self.slot.terms;
        let id = terms.next_id.get();
        terms.next_id.set(id + 1);
        let (answer, receiver) = oneshot::channel();
        let pending = Pending { request_id: call.request_id.clone(), answer };
        let invoke = Box::new(invocation(id, terms.timeout.get(), call));
        let mut running = Running { held: self, id, receiver: Some(receiver) };
        self.order(Order::Invoke(invoke, pending))?;
        running.answer().await
    }

    fn order(&self, order: Order) -> Result<(), Failure> {
        self.slot.terms.orders.send(order).map_err(|_| Failure::WorkerDied)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.invoker.books.borrow_mut().give_slot_back(&self.slot);
    }
}

/// An invocation under way; dropping it before its answer cancels it.
struct Running<'a> {
    held: &'a Held,
    id: u64,
    receiver: Option<oneshot::Receiver<Result<Response, Failure>>>,
}

impl Running<'_> {
    async fn answer(&mut self) -> Result<Response, Failure> {
        let limit = self.held.slot.terms.timeout;
        let begun = Instant::now();
        let Some(receiver) = self.receiver.as_mut() else { return Err(Failure::WorkerDied) };
        let outcome = tokio::time::timeout(limit.duration() + GRACE, receiver).await;
        self.receiver = None;
        match outcome {
            // A worker that stops says "timeout" of all that it had in flight; this one had time left.
            Ok(Ok(Err(Failure::Timeout { .. }))) if begun.elapsed() < limit.duration() => {
                Err(Failure::NeighbourTimedOut)
            }
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Failure::WorkerDied),
            Err(_) => {
                self.held.order(Order::Overdue(self.id))?;
                Err(Failure::Timeout { limit })
            }
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.receiver.is_some() {
            // A stream that has ended needs no word of it.
            let _ = self.held.order(Order::Cancel(self.id));
        }
    }
}

fn invocation(id: u64, timeout_ms: u64, call: Call) -> Invoke {
    Invoke {
        id,
        request_id: call.request_id,
        method: call.method,
        url: call.url,
        headers: call.headers,
        timeout_ms,
        body: call.body,
    }
}

fn reply(response: Response, slot: &Slot, timings: Timings) -> Reply {
    Reply {
        status: response.status,
        headers: response.headers,
        body: response.body,
        version: slot.terms.version.clone(),
        worker: slot.terms.worker,
        timings,
    }
}
