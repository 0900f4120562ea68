//! To see whether a revision loads before it is put in service: a worker of it is leased, heard, and given back.

use std::rc::Rc;

use bunbase_manifest::{Millis, Name};
use bunbase_wire::lease::{Granted, Refused, Ticket, ToScheduler};
use bunbase_wire::text::{cut, harmless};
use bunbase_wire::worker::Failure as Told;
use tokio::sync::{mpsc, oneshot};

use crate::books::{Books, Entered, Terms};
use crate::output::words;
use crate::stream::Order;
use crate::{Failure, Invoker};

/// Bytes of what is passed on of a worker's words.
const LONGEST: usize = 4 << 10;

/// Why a revision is not known to load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotProbed {
    /// A worker could not load it.
    #[error("{}", .message.clone().unwrap_or_else(|| .failure.to_string()))]
    DoesNotLoad {
        /// What happened.
        failure: Failure,
        /// What the worker said of it, with its places in the user's files: harmless to show, at most [`LONGEST`] bytes.
        message: Option<String>,
    },
    /// There was no worker to try it with.
    #[error(transparent)]
    NotTried(Failure),
}

/// What is found out.
pub(crate) type Probed = Result<(), NotProbed>;

/// A worker's words about why it does not load, for somebody's terminal.
pub(crate) fn last_words(told: &Told) -> String {
    let words = words(told);
    let lines: Vec<&str> = words.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut text = harmless(&lines.join("\n"), LONGEST).into_owned();
    cut(&mut text, LONGEST);
    text
}

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

#[cfg(test)]
mod tests {
    use bunbase_wire::worker::FailureCode;

    use super::*;

    fn told(message: &str, stack: &str) -> Told {
        let (message, stack) = (message.to_owned(), Some(stack.to_owned()));
        Told { id: None, code: FailureCode::LoadFailed, message, stack, used: None }
    }

    #[test]
    fn the_last_words_are_message_and_places_a_line_each() {
        let stack = "    at f (math.ts:3:7)\n    at <anonymous> (index.ts:1:1)\n";
        let said = last_words(&told("Error: boom", stack));
        assert_eq!(said, "Error: boom\n    at f (math.ts:3:7)\n    at <anonymous> (index.ts:1:1)");
        assert_eq!(
            last_words(&told("Error: boom", "Error: boom\n  at a.ts:1:1")),
            "Error: boom\n    at a.ts:1:1"
        );
    }

    #[test]
    fn the_last_words_are_bounded_and_can_not_move_a_cursor() {
        let said =
            last_words(&told(&"\u{1b}[2J".repeat(5000), &"    at x (a.ts:1:1)\n".repeat(5000)));
        assert!(said.len() <= LONGEST && !said.contains('\u{1b}'), "{}", said.len());
        assert!(said.ends_with(" … (cut)"));
    }
}
