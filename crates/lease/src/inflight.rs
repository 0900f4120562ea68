//! The invocations on one stream: who waits for which id.

use std::collections::{HashMap, HashSet};

use bunbase_wire::worker::Response;
use tokio::sync::oneshot;

use crate::Failure;

/// Cancelled invocations whose answer may still be under way; more are not remembered.
const MAX_CANCELLED: usize = 1024;

/// Where an answer goes.
pub(crate) type Answer = oneshot::Sender<Result<Response, Failure>>;

/// One invocation under way.
#[derive(Debug)]
pub(crate) struct Pending {
    /// The request's own id, for logs.
    pub request_id: String,
    /// Who waits.
    pub answer: Answer,
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
    pub(crate) fn insert(&mut self, id: u64, pending: Pending) {
        self.pending.insert(id, pending);
    }

    /// The request's id, for a log line.
    pub(crate) fn request_id(&self, id: Option<u64>) -> Option<&str> {
        self.pending.get(&id?).map(|pending| pending.request_id.as_str())
    }

    /// Hands an answer to whoever waits for it.
    pub(crate) fn answer(
        &mut self,
        id: u64,
        answer: Result<Response, Failure>,
    ) -> Result<(), NotAsked> {
        if let Some(pending) = self.pending.remove(&id) {
            // Who has stopped waiting in this very moment needs no answer.
            let _ = pending.answer.send(answer);
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

    /// The stream is over: everyone is told why.
    pub(crate) fn fail_all(&mut self, why: &Failure) {
        for (_, pending) in self.pending.drain() {
            let _ = pending.answer.send(Err(why.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> (Pending, oneshot::Receiver<Result<Response, Failure>>) {
        let (answer, receiver) = oneshot::channel();
        (Pending { request_id: "r".into(), answer }, receiver)
    }

    #[test]
    fn a_second_answer_to_the_same_invocation_is_noticed() {
        let mut inflight = InFlight::default();
        let (first, _receiver) = pending();
        inflight.insert(1, first);
        assert_eq!(inflight.answer(1, Err(Failure::Uncaught)), Ok(()));
        assert_eq!(inflight.answer(1, Err(Failure::Uncaught)), Err(NotAsked));
    }

    #[test]
    fn one_late_answer_to_a_cancelled_invocation_is_ignored_and_no_second() {
        let mut inflight = InFlight::default();
        let (first, _receiver) = pending();
        inflight.insert(1, first);
        assert!(inflight.cancel(1));
        assert_eq!(inflight.answer(1, Err(Failure::Uncaught)), Ok(()));
        assert_eq!(inflight.answer(1, Err(Failure::Uncaught)), Err(NotAsked));
        assert!(!inflight.cancel(1));
    }

    #[test]
    fn everyone_hears_why_the_stream_is_over() {
        let mut inflight = InFlight::default();
        let (first, mut receiver) = pending();
        inflight.insert(1, first);
        inflight.fail_all(&Failure::WorkerDied);
        assert_eq!(receiver.try_recv(), Ok(Err(Failure::WorkerDied)));
    }
}
