//! The client of one request, as the command sees it that works on it: parts of the answer go out, parts of the request's body come in.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bunbase_daemon::Stop;
use bunbase_lease::{BrokenOff, Upload};
use bunbase_wire::ipc::{Kind, Part, WINDOW};
use bytes::Bytes;
use futures_core::Stream;
use serde::Serialize;
use tokio::sync::{Notify, mpsc};

use crate::command::Answer;

/// An answer, or a part of one, and the request that it is for.
pub type Letter = (u32, Answer);

/// Parts are acknowledged when there are so many bytes of them, and are sent in pieces of so many: what is not yet acknowledged always leaves
/// room for one.
const PIECE: usize = WINDOW / 4;

/// The client has gone, or has cancelled the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client has gone")]
pub struct Gone;

/// The client of one request.
#[derive(Debug)]
pub struct Caller {
    /// Where the answer goes.
    pub outlet: Outlet,
    /// Where the request's body comes from.
    pub inlet: Inlet,
    /// ipcd is to stop: an answer without an end ends then.
    pub stop: Stop,
}

/// Where parts of an answer go.
#[derive(Debug)]
pub struct Outlet {
    /// The request's number.
    pub id: u32,
    /// Answers, and parts of them.
    pub outbox: mpsc::Sender<Letter>,
    /// What may be under way to the client.
    pub window: Rc<Window>,
}

impl Outlet {
    /// Sends a part of an answer that goes on. Waits until the client has room for it.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub async fn chunk(&self, json: &impl Serialize, mut raw: Bytes) -> Result<(), Gone> {
        let mut rest = raw.split_off(raw.len().min(PIECE));
        self.piece(json, raw).await?;
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(PIECE));
            self.piece(&Part::default(), piece).await?;
        }
        Ok(())
    }

    async fn piece(&self, json: &impl Serialize, raw: Bytes) -> Result<(), Gone> {
        self.window.take(raw.len()).await?;
        let part = Answer::new(Kind::Chunk, json, raw);
        self.outbox.send((self.id, part)).await.map_err(|_| Gone)
    }
}

/// Where a request's body comes from.
#[derive(Debug)]
pub struct Inlet {
    /// The request's number.
    pub id: u32,
    /// The body, as it comes; `None` ends it.
    pub parts: mpsc::UnboundedReceiver<Option<Bytes>>,
    /// Bytes of it that the client has sent without an acknowledgement.
    pub under_way: Rc<Cell<usize>>,
    /// Those of them that have been taken.
    pub taken: usize,
    /// Where acknowledgements go. Few, as there is a window.
    pub acks: mpsc::UnboundedSender<(u32, usize)>,
}

impl Inlet {
    /// The body for a function.
    pub fn into_upload(self) -> Upload {
        Upload::new(None, self)
    }

    /// Waits until the client sends nothing any more. What it sends is not looked at.
    pub async fn gone(mut self) {
        while self.parts.recv().await.is_some() {}
    }

    fn take(&mut self, bytes: usize) {
        self.taken += bytes;
        if self.taken >= PIECE {
            let taken = std::mem::take(&mut self.taken);
            self.under_way.set(self.under_way.get().saturating_sub(taken));
            // Nobody to tell is noticed elsewhere.
            let _ = self.acks.send((self.id, taken));
        }
    }
}

/// The parts; it breaks off when the client goes, and ends where the client says so.
impl Stream for Inlet {
    type Item = Result<Bytes, BrokenOff>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.parts.poll_recv(context).map(|part| match part {
            Some(Some(bytes)) => {
                self.take(bytes.len());
                Some(Ok(bytes))
            }
            Some(None) => None,
            None => Some(Err(BrokenOff)),
        })
    }
}

/// How many bytes of one request may be under way.
#[derive(Debug)]
pub struct Window {
    open: Cell<usize>,
    closed: Cell<bool>,
    news: Notify,
}

impl Default for Window {
    fn default() -> Self {
        Self { open: Cell::new(WINDOW), closed: Cell::new(false), news: Notify::new() }
    }
}

impl Window {
    async fn take(&self, bytes: usize) -> Result<(), Gone> {
        while self.open.get() < bytes {
            if self.closed.get() {
                return Err(Gone);
            }
            self.news.notified().await;
        }
        self.open.set(self.open.get() - bytes);
        Ok(())
    }

    /// So many have arrived.
    pub fn acknowledged(&self, bytes: u64) {
        let bytes = usize::try_from(bytes).unwrap_or(WINDOW);
        self.open.set(self.open.get().saturating_add(bytes).min(WINDOW));
        self.news.notify_one();
    }

    /// No acknowledgement comes any more.
    pub fn close(&self) {
        self.closed.set(true);
        self.news.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Duration, timeout};

    #[tokio::test]
    async fn what_is_under_way_has_a_bound_that_acknowledgements_move() {
        let window = Window::default();
        let moment = Duration::from_millis(10);
        window.take(WINDOW).await.unwrap();
        assert!(timeout(moment, window.take(1)).await.is_err());
        window.acknowledged(5);
        assert!(timeout(moment, window.take(5)).await.is_ok());
        window.acknowledged(u64::MAX);
        assert_eq!(window.open.get(), WINDOW, "more than was under way opens nothing more");
        window.close();
        window.take(WINDOW).await.unwrap();
        assert_eq!(window.take(1).await, Err(Gone), "nobody opens it any more");
    }
}
