//! The body of an answer: whole, or coming.

use std::pin::Pin;
use std::task::{Context, Poll};

use bunbase_manifest::Millis;
use bunbase_wire::telemetry::Outcome;
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep};

use crate::Failure;
use crate::invoker::{GRACE, Held};
use crate::report::Counted;
use crate::stream::Order;
use crate::upload::{Sending, Step};

/// The worker is told that bytes have been passed on when there are so many of them.
const ACKNOWLEDGED_AT_ONCE: usize = bunbase_wire::worker::WINDOW / 4;

/// The body of an answer.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// It comes in parts.
    Stream(Box<Parts>),
}

/// What the stream's task says of a body.
#[derive(Debug)]
pub(crate) enum Part {
    /// More of it.
    Bytes(Bytes),
    /// That was all.
    End,
    /// It will not be whole.
    Failed(Failure),
}

/// The parts of a body as they come. Dropping it before the end cancels the invocation. What is not taken is not sent: the
/// worker has [`bunbase_wire::worker::WINDOW`] bytes under way at most.
#[derive(Debug)]
pub struct Parts {
    held: Held,
    id: u64,
    counted: Counted,
    /// What came with the head: no part of the window.
    beginning: Bytes,
    parts: mpsc::UnboundedReceiver<Part>,
    sending: Option<Box<Sending>>,
    taken: usize,
    limit: Millis,
    silence: Pin<Box<Sleep>>,
    over: bool,
}

impl Parts {
    pub(crate) fn new(
        held: Held,
        id: u64,
        counted: Counted,
        beginning: Bytes,
        parts: mpsc::UnboundedReceiver<Part>,
        sending: Option<Box<Sending>>,
    ) -> Self {
        let limit = held.timeout();
        let silence = Box::pin(sleep(limit.duration() + GRACE));
        Self { held, id, counted, beginning, parts, sending, taken: 0, limit, silence, over: false }
    }

    /// The next part; `None` at the end.
    ///
    /// # Errors
    /// When the body will not be whole.
    pub async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// As [`Parts::next`].
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if !self.beginning.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.beginning))));
        }
        self.send(context);
        match self.parts.poll_recv(context) {
            Poll::Ready(Some(Part::Bytes(bytes))) => {
                self.take(bytes.len());
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(Some(Part::End)) => {
                self.end(self.counted.whole);
                Poll::Ready(None)
            }
            Poll::Ready(Some(Part::Failed(failure))) => self.fail(failure),
            Poll::Ready(None) => self.fail(Failure::WorkerDied),
            Poll::Pending => match self.silence.as_mut().poll(context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(()) => {
                    self.held.order(Order::Overdue(self.id));
                    self.fail(Failure::Timeout { limit: self.limit })
                }
            },
        }
    }

    /// Sends what can be sent of the request's body.
    fn send(&mut self, context: &mut Context<'_>) {
        while let Some(sending) = &mut self.sending {
            match sending.poll_step(context) {
                Poll::Ready(Step::Sent) => self.begin_silence(),
                Poll::Ready(Step::Over) => self.sending = None,
                Poll::Pending => return,
            }
        }
    }

    fn begin_silence(&mut self) {
        self.silence.as_mut().reset(Instant::now() + self.limit.duration() + GRACE);
    }

    /// The silence begins anew, and the worker may send as much again.
    fn take(&mut self, length: usize) {
        self.begin_silence();
        self.taken += length;
        if self.taken >= ACKNOWLEDGED_AT_ONCE {
            let bytes = std::mem::take(&mut self.taken);
            self.held.order(Order::Acknowledge { id: self.id, bytes });
        }
    }

    fn fail(&mut self, failure: Failure) -> Poll<Option<Result<Bytes, Failure>>> {
        self.end(failure.outcome());
        Poll::Ready(Some(Err(failure)))
    }

    fn end(&mut self, outcome: Outcome) {
        self.over = true;
        self.counted.over(self.held.terms(), outcome);
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if !self.over {
            self.end(Outcome::Cancelled);
            self.held.order(Order::Cancel(self.id));
        }
    }
}

impl Body {
    /// All of the body, gathered.
    ///
    /// # Errors
    /// When it will not be whole, or has more than `bound` bytes.
    pub async fn whole(self, bound: usize) -> Result<Bytes, Failure> {
        let mut parts = match self {
            Self::Whole(bytes) => return Ok(bytes),
            Self::Stream(parts) => parts,
        };
        let mut all = Vec::new();
        while let Some(part) = parts.next().await {
            let part = part?;
            if all.len() + part.len() > bound {
                return Err(Failure::BadResponse);
            }
            all.extend_from_slice(&part);
        }
        Ok(all.into())
    }
}
