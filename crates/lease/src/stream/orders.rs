//! What a stream is told to do.

use bunbase_wire::lease::{KillReason, Readiness};
use bunbase_wire::worker::{Chunk, ToWorker, encode, encode_invoke};

use super::{End, Order, Stream};
use crate::Failure;
use crate::inflight::{Pending, Unanswered};
use crate::transport::Pipe;

impl<P: Pipe> Stream<P> {
    /// Follows an order and all that wait behind it, then writes once.
    pub(super) fn follow(&mut self, order: Option<Order>) -> Result<(), End> {
        let mut next = order;
        while let Some(order) = next {
            match order {
                Order::Invoke(pending) => self.invoke(pending),
                Order::Chunk(chunk) => self.feed(chunk),
                Order::BreakOff(id, why) => self.break_off(id, &why),
                Order::Cancel(id) => self.cancel(id),
                Order::Acknowledge { id, bytes } => self.acknowledge(id, bytes),
                Order::Overdue(id) => self.overdue(id)?,
                Order::End if self.keeps_lease() => self.ending = true,
                Order::End => return Err(self.end()),
            }
            next = self.orders.try_recv().ok();
        }
        self.flush()
    }

    pub(super) fn invoke(&mut self, mut pending: Pending) {
        if self.is_loading() {
            return self.early.push(pending);
        }
        if self.stopping {
            // Who has stopped waiting in this very moment needs no other worker.
            let never_begun = Unanswered::NeverBegun(pending.invoke, Failure::NeighbourStopped);
            let _ = pending.answer.send(Err(never_begun));
            return;
        }
        self.make_room();
        encode_invoke(&pending.invoke, self.readiness == Readiness::Raw, &mut self.out);
        pending.until = self.written + self.out.len() as u64;
        self.inflight.insert(pending);
    }

    fn feed(&mut self, chunk: Chunk) {
        if self.inflight.feeds(chunk.id, chunk.body.len()) {
            self.make_room();
            encode(&ToWorker::Chunk(chunk), self.readiness == Readiness::Raw, &mut self.out);
        }
    }

    pub(super) fn break_off(&mut self, id: u64, why: &Failure) {
        if self.inflight.break_off(id, why) {
            self.send_cancel(id);
        }
    }

    fn cancel(&mut self, id: u64) {
        self.early.retain(|pending| pending.invoke.id != id);
        if self.inflight.cancel(id) {
            self.send_cancel(id);
        }
    }

    fn send_cancel(&mut self, id: u64) {
        self.make_room();
        encode(&ToWorker::Cancel { id }, false, &mut self.out);
    }

    fn acknowledge(&mut self, id: u64, bytes: usize) {
        if self.inflight.acknowledged(id, bytes) {
            self.make_room();
            encode(&ToWorker::Ack { id, bytes: bytes as u64 }, false, &mut self.out);
        }
    }

    fn overdue(&mut self, id: u64) -> Result<(), End> {
        let early = self.early.iter().any(|pending| pending.invoke.id == id);
        if !early && self.inflight.request_id(Some(id)).is_none() {
            return Ok(());
        }
        let limit = self.terms.limits.timeout;
        // It was there a line ago.
        let _ = self.inflight.answer(id, Err(Failure::Timeout { limit }));
        Err(End::Broken(KillReason::Timeout, Failure::NeighbourStopped))
    }

    /// The end that is wanted: what was decided on the way to it is still written.
    pub(super) fn end(&mut self) -> End {
        if let Err(end) = self.flush() {
            return end;
        }
        if self.stopping {
            return self.lost();
        }
        let clean = self.decoder.is_empty() && !self.has_output() && self.early.is_empty();
        if clean { End::Clean } else { End::Broken(KillReason::Protocol, Failure::Nonsense) }
    }

    /// What has been sent makes room for what is to be.
    fn make_room(&mut self) {
        if self.sent > 0 {
            self.out.drain(..self.sent);
            self.sent = 0;
        }
    }
}
