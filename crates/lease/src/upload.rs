//! The body of a request that goes to the worker as it comes from the client.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bunbase_wire::worker::{Chunk, WINDOW};
use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::mpsc;

use crate::Failure;
use crate::books::Terms;
use crate::stream::Order;

/// The client's body will not be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenOff;

/// A request's body that comes by and by. Dropped unread when its invocation is over.
pub struct Upload {
    parts: Pin<Box<dyn Stream<Item = Result<Bytes, BrokenOff>>>>,
    length: Option<u64>,
}

impl Upload {
    /// A body of `length` bytes, where that is known, in these parts.
    pub fn new(
        length: Option<u64>,
        parts: impl Stream<Item = Result<Bytes, BrokenOff>> + 'static,
    ) -> Self {
        Self { parts: Box::pin(parts), length }
    }

    /// How many bytes there will be at least.
    pub(crate) fn length(&self) -> u64 {
        self.length.unwrap_or(0)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("length", &self.length).finish_non_exhaustive()
    }
}

/// The stream's side of an upload: what is under way, and leave for more. Dropping it ends the upload.
#[derive(Debug)]
pub(crate) struct Window {
    leave: mpsc::UnboundedSender<usize>,
    under_way: usize,
}

/// The worker has acknowledged nothing, or more than it was sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misjudged;

impl Window {
    /// The invocation has been sent: so much of its body may follow.
    pub(crate) fn open(&self) {
        self.allow(WINDOW);
    }

    pub(crate) fn sent(&mut self, bytes: usize) {
        self.under_way += bytes;
    }

    pub(crate) fn acknowledged(&mut self, bytes: u64) -> Result<(), Misjudged> {
        let bytes = usize::try_from(bytes).ok().filter(|bytes| *bytes > 0).ok_or(Misjudged)?;
        self.under_way = self.under_way.checked_sub(bytes).ok_or(Misjudged)?;
        self.allow(bytes);
        Ok(())
    }

    fn allow(&self, bytes: usize) {
        // A body that is complete needs no leave.
        let _ = self.leave.send(bytes);
    }
}

/// What has happened to an upload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A part has been handed to the stream.
    Sent,
    /// There is nothing more to do.
    Over,
}

/// The client's side of an upload: takes parts from the client as there is leave for them.
pub(crate) struct Sending {
    id: u64,
    terms: Rc<Terms>,
    upload: Upload,
    leave: mpsc::UnboundedReceiver<usize>,
    room: usize,
    rest: Bytes,
    total: u64,
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Sending {
    /// An upload for this invocation, which begins when the window is opened.
    pub(crate) fn new(id: u64, terms: Rc<Terms>, upload: Upload) -> (Self, Window) {
        let (sender, leave) = mpsc::unbounded_channel();
        let window = Window { leave: sender, under_way: 0 };
        (Self { id, terms, upload, leave, room: 0, rest: Bytes::new(), total: 0 }, window)
    }

    /// The next thing that happens. Nothing is lost if nobody waits for it any more.
    pub(crate) async fn step(&mut self) -> Step {
        std::future::poll_fn(|context| self.poll_step(context)).await
    }

    /// As [`Sending::step`].
    pub(crate) fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        while let Poll::Ready(leave) = self.leave.poll_recv(context) {
            let Some(bytes) = leave else { return Poll::Ready(Step::Over) };
            self.room += bytes;
        }
        if self.room == 0 {
            return Poll::Pending;
        }
        while self.rest.is_empty() {
            match ready!(self.upload.parts.as_mut().poll_next(context)) {
                Some(Ok(part)) => self.rest = part,
                Some(Err(BrokenOff)) => return self.give_up(Failure::BodyBrokenOff),
                None => return self.end(),
            }
        }
        self.send()
    }

    fn send(&mut self) -> Poll<Step> {
        let body = self.rest.split_to(self.rest.len().min(self.room));
        self.room -= body.len();
        self.total += body.len() as u64;
        let limit = self.terms.max_body;
        if self.total > limit.get() {
            return self.give_up(Failure::BodyTooLarge { limit });
        }
        self.order(Order::Chunk(Chunk { id: self.id, more: true, used: None, body }));
        Poll::Ready(Step::Sent)
    }

    fn end(&self) -> Poll<Step> {
        self.order(Order::Chunk(Chunk {
            id: self.id,
            more: false,
            used: None,
            body: Bytes::new(),
        }));
        Poll::Ready(Step::Over)
    }

    fn give_up(&self, failure: Failure) -> Poll<Step> {
        self.order(Order::BreakOff(self.id, failure));
        Poll::Ready(Step::Over)
    }

    fn order(&self, order: Order) {
        // A stream that has ended has told everyone what there was to tell.
        let _ = self.terms.orders.send(order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_of_nothing_or_of_more_than_was_sent_is_noticed() {
        let (leave, mut granted) = mpsc::unbounded_channel();
        let mut window = Window { leave, under_way: 0 };
        window.open();
        window.sent(10);
        assert_eq!(window.acknowledged(0), Err(Misjudged));
        assert_eq!(window.acknowledged(11), Err(Misjudged));
        assert_eq!(window.acknowledged(10), Ok(()));
        assert_eq!((granted.try_recv(), granted.try_recv()), (Ok(WINDOW), Ok(10)));
    }
}
