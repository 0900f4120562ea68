//! A packet socket in memory, and a listening one that outlives whoever accepts.
//!
//! A death is seen by all at once: what had been sent before it has arrived.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::world::World;

struct Lane<T> {
    messages: RefCell<VecDeque<(Instant, T)>>,
    gone: RefCell<bool>,
    changed: Notify,
}

impl<T> Lane<T> {
    fn new() -> Rc<Self> {
        let (messages, gone) = (RefCell::default(), RefCell::default());
        Rc::new(Self { messages, gone, changed: Notify::new() })
    }

    fn close(&self) {
        *self.gone.borrow_mut() = true;
        self.messages.borrow_mut().iter_mut().for_each(|(at, _)| *at = Instant::now());
        self.changed.notify_waiters();
    }
}

/// One side of a connection: sends `S`, receives `R`.
pub struct Port<S, R> {
    world: Rc<World>,
    out: Rc<Lane<S>>,
    incoming: Rc<Lane<R>>,
}

/// The other side has gone.
#[derive(Debug)]
pub struct Gone;

/// Both sides of a new connection.
pub fn pair<S, R>(world: &Rc<World>) -> (Port<S, R>, Port<R, S>) {
    let (there, back) = (Lane::new(), Lane::new());
    let ours = Port { world: Rc::clone(world), out: Rc::clone(&there), incoming: Rc::clone(&back) };
    (ours, Port { world: Rc::clone(world), out: back, incoming: there })
}

impl<S, R> Port<S, R> {
    /// Sends a packet.
    pub fn send(&self, message: S) -> Result<(), Gone> {
        if *self.out.gone.borrow() {
            return Err(Gone);
        }
        let mut messages = self.out.messages.borrow_mut();
        let last = messages.back().map_or(Instant::now(), |(at, _)| *at);
        messages.push_back((last.max(Instant::now() + self.world.delay()), message));
        self.out.changed.notify_waiters();
        Ok(())
    }

    /// The next packet; `None` when the other side has gone.
    pub async fn recv(&self) -> Option<R> {
        loop {
            let next = self.incoming.messages.borrow().front().map(|(at, _)| *at);
            let changed = self.incoming.changed.notified();
            match next {
                Some(at) if at <= Instant::now() => {
                    return self.incoming.messages.borrow_mut().pop_front().map(|(_, m)| m);
                }
                Some(at) => tokio::select! {
                    biased;
                    () = sleep_until(at) => {}
                    () = changed => {}
                },
                None if *self.incoming.gone.borrow() => return None,
                None => changed.await,
            }
        }
    }
}

impl<S, R> Drop for Port<S, R> {
    fn drop(&mut self) {
        self.out.close();
        self.incoming.close();
        let unread = std::mem::take(&mut *self.incoming.messages.borrow_mut());
        drop(unread);
    }
}

/// A listening socket, which is the service manager's.
pub struct Listener<S, R> {
    waiting: RefCell<VecDeque<Port<R, S>>>,
    changed: Notify,
}

impl<S, R> Default for Listener<S, R> {
    fn default() -> Self {
        Self { waiting: RefCell::default(), changed: Notify::new() }
    }
}

impl<S, R> Listener<S, R> {
    /// Connects, whether somebody accepts or not.
    pub fn connect(&self, world: &Rc<World>) -> Port<S, R> {
        let (ours, theirs) = pair(world);
        self.waiting.borrow_mut().push_back(theirs);
        self.changed.notify_waiters();
        ours
    }

    /// The next connection.
    pub async fn accept(&self) -> Port<R, S> {
        loop {
            let changed = self.changed.notified();
            let next = self.waiting.borrow_mut().pop_front();
            match next {
                Some(port) => return port,
                None => changed.await,
            }
        }
    }
}
