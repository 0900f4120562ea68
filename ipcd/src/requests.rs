//! The requests under way on one connection, by their numbers: what comes for them, and how they are dropped.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use bunbase_wire::ipc::{Acknowledged, Frame, FrameError, Part, WINDOW};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::caller::Window;

/// Why a session can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Misused {
    /// Two answers could not be told apart.
    #[error("request {0} is in flight already; take another id")]
    TakenId(u32),
    /// It does not wait for ACKs.
    #[error("more than {WINDOW} bytes of request {0} are under way; wait for ACK")]
    BeyondWindow(u32),
    /// It is none of those that are allowed.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// What the command that works on a request has of it.
#[derive(Debug)]
pub struct Ends {
    /// The request's body.
    pub parts: mpsc::UnboundedReceiver<Option<Bytes>>,
    /// Bytes of it that the client has sent without an acknowledgement.
    pub under_way: Rc<Cell<usize>>,
    /// What may be under way to the client.
    pub window: Rc<Window>,
    /// Ends when the request is cancelled.
    pub cancelled: oneshot::Receiver<()>,
}

#[derive(Debug)]
struct Request {
    parts: Option<mpsc::UnboundedSender<Option<Bytes>>>,
    under_way: Rc<Cell<usize>>,
    window: Rc<Window>,
    _cancelled: oneshot::Sender<()>,
}

/// The requests under way on one connection.
#[derive(Debug, Default)]
pub struct Requests(HashMap<u32, Request>);

impl Requests {
    /// A request begins.
    pub fn begin(&mut self, id: u32) -> Result<Ends, Misused> {
        if self.0.contains_key(&id) {
            return Err(Misused::TakenId(id));
        }
        let (sender, parts) = mpsc::unbounded_channel();
        let (_cancelled, cancelled) = oneshot::channel();
        let (under_way, window) = (Rc::<Cell<usize>>::default(), Rc::<Window>::default());
        let request = Request {
            parts: Some(sender),
            under_way: Rc::clone(&under_way),
            window: Rc::clone(&window),
            _cancelled,
        };
        self.0.insert(id, request);
        Ok(Ends { parts, under_way, window, cancelled })
    }

    /// It has its answer, or is to have none.
    pub fn over(&mut self, id: u32) {
        self.0.remove(&id);
    }

    /// A part of its body has come. One that is over needs no more.
    pub fn chunk(&self, frame: Frame) -> Result<(), Misused> {
        let part: Part = frame.payload()?;
        let Some(request) = self.0.get(&frame.id) else { return Ok(()) };
        request.under_way.set(request.under_way.get() + frame.raw.len());
        if request.under_way.get() > WINDOW {
            return Err(Misused::BeyondWindow(frame.id));
        }
        let bytes = Some(frame.raw).filter(|raw| !raw.is_empty());
        let end = part.last.then_some(None);
        for part in bytes.map(Some).into_iter().chain(end) {
            // A command that takes no parts has dropped its end.
            let _ = request.parts.as_ref().map(|parts| parts.send(part));
        }
        Ok(())
    }

    /// The client has taken so much of the answer.
    pub fn acknowledged(&self, frame: &Frame) -> Result<(), Misused> {
        let Acknowledged { bytes } = frame.payload()?;
        if let Some(request) = self.0.get(&frame.id) {
            request.window.acknowledged(bytes);
        }
        Ok(())
    }

    /// The client sends nothing any more. What it has asked for is answered, as far as it needs to do nothing for that.
    pub fn client_is_silent(&mut self) {
        for request in self.0.values_mut() {
            request.parts = None;
            request.window.close();
        }
    }

    /// Whether none is under way.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
