//! To see whether a revision loads before it is put in service: a worker of it is leased, heard, and given back.

use std::rc::Rc;

use bunbase_manifest::{Millis, Name};
use bunbase_wire::lease::{Granted, Refused, Ticket, ToScheduler};
use tokio::sync::{mpsc, oneshot};

use crate::books::{Books, Entered, Terms};
use crate::stream::Order;
use crate::{Failure, Invoker};

/// Why a revision is not known to load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotProbed {
    /// A worker could not load it.
    #[error("{}", .message.clone().unwrap_or_else(|| .failure.to_string()))]
    DoesNotLoad {
        /// What happened.
        failure: Failure,
        /// What the worker said of it.
        message: Option<String>,
    },
    /// There was no worker to try it with.
    #[error(transparent)]
    NotTried(Failure),
}

/// What is found out.
pub(crate) type Probed = Result<(), NotProbed>;

/// Who waits for it.
#[derive(Debug)]
pub(crate) struct Prober {
    pub function: Name,
    pub told: oneshot::Sender<Probed>,
}

impl Books {
    fn probe(&mut self, function: &Name, revision: u64) -> (Ticket, oneshot::Receiver<Probed>) {
        let (told, receiver) = oneshot::channel();
        let ticket = self.next_ticket();
        self.probes.insert(ticket, Prober { function: function.clone(), told });
        let (function, revision) = (function.clone(), Some(revision));
        self.to_scheduler.push(ToScheduler::Acquire { ticket, function, revision });
        (ticket, receiver)
    }

    /// It is a lease like any other, but for that nothing is started on it.
    pub(crate) fn probing(
        &mut self,
        granted: &Granted,
        prober: Prober,
        orders: mpsc::UnboundedSender<Order>,
    ) -> Entered {
        let (key, Prober { function, told }) = (self.key(granted.lease), prober);
        self.owners.insert(key, function.clone());
        let recorder = Rc::clone(&self.recorder);
        Entered::Probing(Rc::new(Terms::new(key, function, granted, orders, recorder)), told)
    }

    /// Whether there is no worker for it yet.
    fn is_wished(&self, ticket: Ticket) -> bool {
        self.probes.contains_key(&ticket)
    }

    fn withdraw_probe(&mut self, ticket: Ticket) {
        if self.probes.remove(&ticket).is_some() {
            self.to_scheduler.push(ToScheduler::Cancel { ticket });
        }
    }
}

impl Invoker {
    /// Sees whether this revision of a function loads. It waits no longer than `patience` for a worker; what that may then take to
    /// load is bounded by the worker's stream.
    ///
    /// # Errors
    /// When it does not, or there is no worker to try it with.
    pub async fn probe(
        &self,
        function: &Name,
        revision: u64,
        patience: Millis,
    ) -> Result<(), NotProbed> {
        let (ticket, mut told) = self.books.borrow_mut().probe(function, revision);
        self.news.notify_one();
        let _withdrawn = Wish { ticket, invoker: self };
        let in_time = tokio::time::timeout(patience.duration(), &mut told).await;
        let probed = match in_time {
            Ok(probed) => probed,
            Err(_) if self.books.borrow().is_wished(ticket) => {
                return Err(NotProbed::NotTried(Failure::QueueTimeout { limit: patience }));
            }
            Err(_) => told.await,
        };
        // Without a word the connection to schedulerd has broken.
        probed.unwrap_or(Err(NotProbed::NotTried(Failure::Refused(Refused::Draining))))
    }
}

/// A wish that is withdrawn with whoever has it.
struct Wish<'a> {
    ticket: Ticket,
    invoker: &'a Invoker,
}

impl Drop for Wish<'_> {
    fn drop(&mut self) {
        self.invoker.books.borrow_mut().withdraw_probe(self.ticket);
        self.invoker.news.notify_one();
    }
}
