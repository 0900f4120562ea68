//! The invocations on one stream: who waits for which id.

use std::collections::{HashMap, HashSet};

use bunbase_wire::worker::{Invoke, Response};
use tokio::sync::oneshot;

use crate::Failure;

/// Cancelled invocations whose answer may still be under way; more are not remembered.
const MAX_CANCELLED: usize = 1024;

/// Why an invocation has no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// It failed.
    Failed(Failure),
    /// The worker stopped before it had begun with it: another one may.
    NeverBegun(Box<Invoke>),
}

/// What becomes of an invocation.
pub(crate) type Outcome = Result<Response, Unanswered>;

/// One invocation under way.
#[derive(Debug)]
pub(crate) struct Pending {
    /// What was asked.
    pub invoke: Box<Invoke>,
    /// Who waits.
    pub answer: oneshot::Sender<Outcome>,
}

/// What is under way on one stream.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    pending: HashMap<u64, Pending>,
    cancelled: HashSet<u64>,
}

/// An answer to something that was not asked, or was answered before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAsked;

impl InFlight {
    pub(crate) fn insert(&mut self, pending: Pending) {
        self.pending.insert(pending.invoke.id, pending);
    }

    /// The request's id, for a log line.
    pub(crate) fn request_id(&self, id: Option<u64>) -> Option<&str> {
        self.pending.get(&id?).map(|pending| pending.invoke.request_id.as_str())
    }

    /// Hands an answer to whoever waits for it.
    pub(crate) fn answer(
        &mut self,
        id: u64,
        answer: Result<Response, Failure>,
    ) -> Result<(), NotAsked> {
        if let Some(pending) = self.pending.remove(&id) {
            // Who has stopped waiting in this very moment needs no answer.
            let _ = pending.answer.send(answer.map_err(Unanswered::Failed));
            return Ok(());
        }
        if self.cancelled.remove(&id) { Ok(()) } else { Err(NotAsked) }
    }

    /// Nobody waits for it any more; its answer may come all the same. False if there was none.
    pub(crate) fn cancel(&mut self, id: u64) -> bool {
        let there = self.pending.remove(&id).is_some();
        if there && self.cancelled.len() < MAX_CANCELLED {
            self.cancelled.insert(id);
        }
        there
    }

    /// The stream is over: everyone who is left.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Pending> {
        self.pending.drain().map(|(_, pending)| pending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> (Pending, oneshot::Receiver<Outcome>) {
        let (answer, receiver) = oneshot::channel();
        let invoke = Box::new(Invoke {
            id: 1,
            request_id: "r".into(),
            method: "GET".into(),
            url: "http://a/".into(),
            headers: Vec::new(),
            timeout_ms: 1,
            body: bytes::Bytes::new(),
        });
        (Pending { invoke, answer }, receiver)
    }

    #[test]
    fn a_second_answer_to_the_same_invocation_is_noticed() {
        let mut inflight = InFlight::default();
        let (first, mut receiver) = pending();
        inflight.insert(first);
        assert_eq!(inflight.answer(1, Err(Failure::Uncaught)), Ok(()));
        assert_eq!(inflight.answer(1, Err(Failure::Uncaught)), Err(NotAsked));
        assert_eq!(receiver.try_recv(), Ok(Err(Unanswered::Failed(Failure::Uncaught))));
    }

    #[test]
    fn one_late_answer_to_a_cancelled_invocation_is_ignored_and_no_second() {
        let mut inflight = InFlight::default();
        let (first, _receiver) = pending();
        inflight.insert(first);
        assert!(inflight.cancel(1));
        assert_eq!(inflight.answer(1, Err(Failure::Uncaught)), Ok(()));
        assert_eq!(inflight.answer(1, Err(Failure::Uncaught)), Err(NotAsked));
        assert!(!inflight.cancel(1));
    }

    #[test]
    fn everyone_who_is_left_at_the_end_is_handed_out() {
        let mut inflight = InFlight::default();
        let (first, _receiver) = pending();
        inflight.insert(first);
        assert_eq!(inflight.drain().count(), 1);
        assert_eq!(inflight.drain().count(), 0);
    }
}
