//! The invocations on one stream: who waits for which id.

use std::collections::BTreeMap;

use bunbase_wire::worker::{Chunk, Prepared, Response, WINDOW};
use tokio::sync::{mpsc, oneshot};

use crate::Failure;
use crate::body::Part;
use crate::lingering::Lingering;
use crate::upload::{Misjudged, Window};

/// Cancelled invocations whose answer may still be under way. Mostly none comes: beyond this the oldest are forgotten.
const MAX_CANCELLED: usize = 1024;

/// Why an invocation has no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// It failed.
    Failed(Failure),
    /// The worker ended, for this reason, before it had begun with it: another one may.
    NeverBegun(Box<Prepared>, Failure),
}

/// What becomes of an invocation: a response, with what will come of its body if that is not whole.
pub(crate) type Outcome = Result<(Response, Option<mpsc::UnboundedReceiver<Part>>), Unanswered>;

/// An answer whose body is coming.
#[derive(Debug)]
struct Coming {
    request_id: String,
    parts: mpsc::UnboundedSender<Part>,
    window: Option<Window>,
    /// Bytes that the worker has sent and that have not been acknowledged to it.
    under_way: usize,
    /// Bytes that the worker has sent.
    received: u64,
}

/// One invocation under way.
#[derive(Debug)]
pub(crate) struct Pending {
    /// What was asked.
    pub invoke: Box<Prepared>,
    /// Who waits.
    pub answer: oneshot::Sender<Outcome>,
    /// What follows of the request's body, if anything.
    pub window: Option<Window>,
    /// Where it ends among all bytes of the stream; 0 before it is encoded.
    pub until: u64,
}

/// What is under way on one stream. In the order of their ids, which is that in which they were asked.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    pending: BTreeMap<u64, Pending>,
    coming: BTreeMap<u64, Coming>,
    /// With their requests' ids.
    cancelled: BTreeMap<u64, String>,
    /// What goes on behind its answer.
    pub lingering: Lingering,
}

/// An answer to something that was not asked, or was answered before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAsked;

/// What is wrong with a part of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Misplaced {
    NotAsked,
    BeyondWindow,
    /// The body is longer than it may be; the part has not been handed on.
    BeyondLimit,
}

impl InFlight {
    /// It has been sent.
    pub(crate) fn insert(&mut self, pending: Pending) {
        pending.window.as_ref().into_iter().for_each(Window::open);
        self.pending.insert(pending.invoke.id, pending);
    }

    /// The request's id, for a log line.
    pub(crate) fn request_id(&self, id: Option<u64>) -> Option<&str> {
        let id = id?;
        let pending = self.pending.get(&id).map(|pending| pending.invoke.request_id.as_str());
        let coming = || self.coming.get(&id).map(|coming| coming.request_id.as_str());
        pending.or_else(coming).or_else(|| self.lingering.request_id(id))
    }

    /// The worker goes on with this one behind its answer.
    pub(crate) fn lingers(&mut self, id: u64) -> Result<(), NotAsked> {
        let request_id = self.request_id(Some(id)).or(self.cancelled.get(&id).map(String::as_str));
        let request_id = request_id.ok_or(NotAsked)?.to_owned();
        self.lingering.insert(id, request_id);
        Ok(())
    }

    /// Hands an answer to whoever waits for it.
    pub(crate) fn answer(
        &mut self,
        id: u64,
        answer: Result<Response, Failure>,
    ) -> Result<(), NotAsked> {
        if let Some(pending) = self.pending.remove(&id) {
            self.hand_over(pending, answer);
            return Ok(());
        }
        if let Err(failure) = &answer
            && let Some(coming) = self.coming.remove(&id)
        {
            // Who has stopped reading in this very moment needs no end.
            let _ = coming.parts.send(Part::Failed(failure.clone()));
            return Ok(());
        }
        // A head that crossed with its cancellation may have parts of a body behind it.
        let more = answer.is_ok_and(|response| response.more);
        let known = self.cancelled.contains_key(&id);
        if !more {
            self.cancelled.remove(&id);
        }
        if known { Ok(()) } else { Err(NotAsked) }
    }

    fn hand_over(&mut self, pending: Pending, answer: Result<Response, Failure>) {
        let Pending { invoke, answer: waiter, window, .. } = pending;
        let outcome = match answer {
            Err(failure) => Err(Unanswered::Failed(failure)),
            Ok(response) if response.more => {
                let (parts, receiver) = mpsc::unbounded_channel();
                let coming = Coming {
                    request_id: invoke.request_id,
                    parts,
                    window,
                    under_way: 0,
                    received: response.body.len() as u64,
                };
                self.coming.insert(invoke.id, coming);
                Ok((response, Some(receiver)))
            }
            Ok(response) => Ok((response, None)),
        };
        // Who has stopped waiting in this very moment needs no answer.
        let _ = waiter.send(outcome);
    }

    /// Hands on a part of a body, which has no more than `limit` bytes in all.
    pub(crate) fn part(&mut self, chunk: Chunk, limit: u64) -> Result<(), Misplaced> {
        let Some(coming) = self.coming.get_mut(&chunk.id) else {
            let known = self.cancelled.contains_key(&chunk.id);
            if !chunk.more {
                self.cancelled.remove(&chunk.id);
            }
            return if known { Ok(()) } else { Err(Misplaced::NotAsked) };
        };
        coming.under_way += chunk.body.len();
        if coming.under_way > WINDOW {
            return Err(Misplaced::BeyondWindow);
        }
        coming.received += chunk.body.len() as u64;
        if coming.received > limit {
            return Err(Misplaced::BeyondLimit);
        }
        // Who has stopped reading in this very moment cancels.
        if !chunk.body.is_empty() {
            let _ = coming.parts.send(Part::Bytes(chunk.body));
        }
        if !chunk.more {
            let _ = coming.parts.send(Part::End);
            self.coming.remove(&chunk.id);
        }
        Ok(())
    }

    /// So many bytes have been passed on. Whether the worker is still to be told.
    pub(crate) fn acknowledged(&mut self, id: u64, bytes: usize) -> bool {
        let Some(coming) = self.coming.get_mut(&id) else { return false };
        coming.under_way -= bytes.min(coming.under_way);
        true
    }

    fn window(&mut self, id: u64) -> Option<&mut Window> {
        let pending = self.pending.get_mut(&id).and_then(|pending| pending.window.as_mut());
        pending.or_else(|| self.coming.get_mut(&id).and_then(|coming| coming.window.as_mut()))
    }

    /// So much of a request's body is about to be sent. False if its invocation is over.
    pub(crate) fn feeds(&mut self, id: u64, bytes: usize) -> bool {
        let window = self.window(id);
        window.map(|window| window.sent(bytes)).is_some()
    }

    /// The function has read so much of its request's body. It may be about one that is over.
    pub(crate) fn fed(&mut self, id: u64, bytes: u64) -> Result<(), Misjudged> {
        self.window(id).map_or(Ok(()), |window| window.acknowledged(bytes))
    }

    /// What is asked for can't go on: whoever waits is told why. False if nobody does.
    pub(crate) fn break_off(&mut self, id: u64, why: &Failure) -> bool {
        if let Some(coming) = self.coming.get(&id) {
            // Who has stopped reading in this very moment needs no end.
            let _ = coming.parts.send(Part::Failed(why.clone()));
        }
        let pending = self.pending.remove(&id);
        let Some(Pending { invoke, answer, .. }) = pending else { return self.cancel(id) };
        // Nor does who has stopped waiting.
        let _ = answer.send(Err(Unanswered::Failed(why.clone())));
        self.note_cancelled(id, invoke.request_id);
        true
    }

    /// Nobody waits for it any more; its answer may come all the same. False if there was none.
    pub(crate) fn cancel(&mut self, id: u64) -> bool {
        let pending = self.pending.remove(&id).map(|pending| pending.invoke.request_id);
        let there = pending.or_else(|| self.coming.remove(&id).map(|coming| coming.request_id));
        let Some(request_id) = there else { return false };
        self.note_cancelled(id, request_id);
        true
    }

    fn note_cancelled(&mut self, id: u64, request_id: String) {
        self.cancelled.insert(id, request_id);
        if self.cancelled.len() > MAX_CANCELLED {
            self.cancelled.pop_first();
        }
    }

    /// The stream is over: whoever reads a body is told why it ends here, and everyone else who is left is handed out.
    pub(crate) fn drain(&mut self, why: &Failure) -> impl Iterator<Item = Pending> {
        for (_, coming) in std::mem::take(&mut self.coming) {
            // Who has stopped reading in this very moment needs no end.
            let _ = coming.parts.send(Part::Failed(why.clone()));
        }
        // Who has waited longest is told first.
        std::mem::take(&mut self.pending).into_values()
    }
}

#[cfg(test)]
mod tests {
    use bunbase_wire::worker::Head;

    use super::*;

    const LIMIT: u64 = 10 * WINDOW as u64;

    fn pending() -> (Pending, oneshot::Receiver<Outcome>) {
        numbered(1)
    }

    fn numbered(id: u64) -> (Pending, oneshot::Receiver<Outcome>) {
        let (answer, receiver) = oneshot::channel();
        let invoke = Box::new(Prepared {
            id,
            request_id: "r".into(),
            head: Head::new("GET", "http://a/"),
            timeout_ms: 1,
            more: false,
            body: bytes::Bytes::new(),
        });
        (Pending { invoke, answer, window: None, until: 0 }, receiver)
    }

    #[test]
    fn a_second_answer_to_the_same_invocation_is_noticed() {
        let mut inflight = InFlight::default();
        let (first, mut receiver) = pending();
        inflight.insert(first);
        assert_eq!(inflight.answer(1, Err(Failure::Uncaught)), Ok(()));
        assert_eq!(inflight.answer(1, Err(Failure::Uncaught)), Err(NotAsked));
        let outcome = receiver.try_recv().expect("an outcome");
        assert_eq!(outcome.err(), Some(Unanswered::Failed(Failure::Uncaught)));
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
    fn what_goes_on_behind_its_answer_or_its_cancellation_keeps_its_requests_id() {
        for cancelled in [false, true] {
            let mut inflight = InFlight::default();
            let (first, _receiver) = pending();
            inflight.insert(first);
            if cancelled {
                assert!(inflight.cancel(1));
                assert_eq!(inflight.lingers(1), Ok(()));
            } else {
                assert_eq!(inflight.lingers(1), Ok(()));
                assert_eq!(inflight.answer(1, Ok(response(false))), Ok(()));
            }
            assert_eq!(inflight.request_id(Some(1)), Some("r"));
            inflight.lingering.remove(1);
            assert_eq!(inflight.request_id(Some(1)), None);
        }
        assert_eq!(InFlight::default().lingers(1), Err(NotAsked));
    }

    #[test]
    fn everyone_who_is_left_at_the_end_is_handed_out() {
        let mut inflight = InFlight::default();
        let (first, _receiver) = pending();
        inflight.insert(first);
        assert_eq!(inflight.drain(&Failure::WorkerDied).count(), 1);
        assert_eq!(inflight.drain(&Failure::WorkerDied).count(), 0);
    }

    fn response(more: bool) -> Response {
        Response {
            id: 1,
            status: 200,
            headers: Vec::new(),
            more,
            used: None,
            body: bytes::Bytes::new(),
        }
    }

    fn chunk(length: usize, more: bool) -> Chunk {
        Chunk { id: 1, more, used: None, body: vec![0; length].into() }
    }

    #[test]
    fn a_body_comes_in_parts_and_ends_once() {
        let mut inflight = InFlight::default();
        let (first, mut receiver) = pending();
        inflight.insert(first);
        assert_eq!(inflight.part(chunk(1, true), LIMIT), Err(Misplaced::NotAsked));
        assert_eq!(inflight.answer(1, Ok(response(true))), Ok(()));
        assert_eq!(inflight.part(chunk(3, true), LIMIT), Ok(()));
        assert_eq!(inflight.part(chunk(0, false), LIMIT), Ok(()));
        assert_eq!(inflight.part(chunk(0, false), LIMIT), Err(Misplaced::NotAsked));
        let (_, parts) = receiver.try_recv().expect("an outcome").expect("a response");
        let mut parts = parts.expect("parts");
        assert!(matches!(parts.try_recv(), Ok(Part::Bytes(bytes)) if bytes.len() == 3));
        assert!(matches!(parts.try_recv(), Ok(Part::End)));
    }

    #[test]
    fn a_worker_that_sends_beyond_the_window_is_noticed() {
        let mut inflight = InFlight::default();
        let (first, _receiver) = pending();
        inflight.insert(first);
        assert_eq!(inflight.answer(1, Ok(response(true))), Ok(()));
        assert_eq!(inflight.part(chunk(WINDOW, true), LIMIT), Ok(()));
        assert!(inflight.acknowledged(1, 10));
        assert_eq!(inflight.part(chunk(10, true), LIMIT), Ok(()));
        assert_eq!(inflight.part(chunk(1, true), LIMIT), Err(Misplaced::BeyondWindow));
    }

    #[test]
    fn the_rest_of_a_cancelled_body_is_ignored_to_its_end() {
        let mut inflight = InFlight::default();
        let (first, _receiver) = pending();
        inflight.insert(first);
        assert_eq!(inflight.answer(1, Ok(response(true))), Ok(()));
        assert!(inflight.cancel(1));
        assert_eq!(inflight.part(chunk(5, true), LIMIT), Ok(()));
        assert_eq!(inflight.part(chunk(0, false), LIMIT), Ok(()));
        assert_eq!(inflight.part(chunk(0, false), LIMIT), Err(Misplaced::NotAsked));
    }

    #[test]
    fn a_cancellation_may_cross_with_a_head_and_the_body_behind_it() {
        let mut inflight = InFlight::default();
        let (first, _receiver) = pending();
        inflight.insert(first);
        assert!(inflight.cancel(1));
        assert_eq!(inflight.answer(1, Ok(response(true))), Ok(()));
        assert_eq!(inflight.part(chunk(5, true), LIMIT), Ok(()));
        assert_eq!(inflight.part(chunk(0, false), LIMIT), Ok(()));
        assert_eq!(inflight.part(chunk(0, false), LIMIT), Err(Misplaced::NotAsked));
    }

    #[test]
    fn after_any_number_of_cancellations_a_late_answer_to_the_newest_is_ignored() {
        let mut inflight = InFlight::default();
        let last = 2 * MAX_CANCELLED as u64;
        for id in 0..=last {
            inflight.insert(numbered(id).0);
            assert!(inflight.cancel(id));
        }
        assert_eq!(inflight.answer(last, Err(Failure::Uncaught)), Ok(()));
        assert_eq!(inflight.cancelled.len(), MAX_CANCELLED - 1);
    }
}
