//! What a lease holder speaks through, in memory.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::rc::Rc;

use bunbase_lease::transport::{Packets, Pipe, Received, Transport};
use bunbase_packet::Error;
use bunbase_wire::lease::{FromScheduler, LeaseId, ToScheduler};
use bytes::BytesMut;

use crate::packets::Port;
use crate::pipe::End;
use crate::sabotage::Sabotage;
use crate::world::World;

/// A packet from schedulerd, and the stream that comes with it.
pub type Letter = (FromScheduler, Option<Stream>);

/// The way to schedulerd.
pub struct Way {
    /// In which world.
    pub world: Rc<World>,
    /// Whose.
    pub holder: usize,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the simulation's lease.sock")
    }
}

impl Transport for Way {
    type Packets = Connection;

    async fn connect(&self) -> io::Result<Connection> {
        if self.world.dice.chance(self.world.plan.faults.connect) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        self.world.note(format!("holder {} connects", self.holder));
        let port = self.world.lease_socket.connect(&self.world);
        Ok(Connection { world: Rc::clone(&self.world), port, cut: Rc::default() })
    }
}

/// A connection to schedulerd.
pub struct Connection {
    world: Rc<World>,
    port: Port<ToScheduler, Letter>,
    /// Set when it has ended.
    cut: Rc<Cell<bool>>,
}

impl Connection {
    fn tell(&self, message: ToScheduler) -> Result<(), Error> {
        self.world.note(format!("-> schedulerd {message:?}"));
        self.port.send(message).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe).into())
    }

    /// Whether a revocation is to be answered and not passed on.
    fn ignores(&self, message: &FromScheduler) -> Option<LeaseId> {
        match message {
            FromScheduler::Revoke { lease } if self.world.sabotaged(Sabotage::IgnoresRevoke) => {
                Some(*lease)
            }
            _ => None,
        }
    }
}

impl Packets for Connection {
    type Pipe = Stream;

    async fn send(&self, message: &ToScheduler) -> Result<(), Error> {
        self.tell(message.clone())
    }

    async fn recv(&self) -> Result<Received<Stream>, Error> {
        loop {
            let Some((message, stream)) = self.port.recv().await else {
                self.cut.set(true);
                return Ok(None);
            };
            if let Some(lease) = self.ignores(&message) {
                self.tell(ToScheduler::Revoking { lease })?;
                continue;
            }
            self.world.note(format!("<- schedulerd {message:?}"));
            let with_cut = |stream| Stream { cut: Some(Rc::clone(&self.cut)), ..stream };
            return Ok(Some((message, stream.map(with_cut))));
        }
    }
}

/// A holder's copy of a worker's stream.
pub struct Stream {
    end: Rc<End>,
    cut: Option<Rc<Cell<bool>>>,
    _held: Held,
}

impl Stream {
    /// A copy of this worker's.
    pub fn new(world: &Rc<World>, worker: u64, end: Rc<End>) -> Self {
        let found = world.ledger.borrow_mut().held(worker);
        world.check(found);
        Self { end, cut: None, _held: Held { world: Rc::clone(world), worker } }
    }

    fn is_dropped(&self) -> bool {
        let cut = self.cut.as_ref().is_some_and(|cut| cut.get());
        cut && self._held.world.sabotaged(Sabotage::DropsInFlight)
    }
}

struct Held {
    world: Rc<World>,
    worker: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.world.ledger.borrow_mut().given_back(self.worker);
    }
}

impl Pipe for Stream {
    async fn readable(&self) -> io::Result<()> {
        self.end.readable().await;
        Ok(())
    }

    async fn writable(&self) -> io::Result<()> {
        self.end.writable().await;
        Ok(())
    }

    fn try_read_buf(&self, buffer: &mut BytesMut) -> io::Result<usize> {
        let length = if self.is_dropped() { 0 } else { self.end.try_read(buffer)? };
        if length == 0 && self._held.world.sabotaged(Sabotage::RetriesTheDead) {
            let last = b"{\"type\":\"error\",\"code\":\"timeout\",\"message\":\"\"}\n";
            buffer.extend_from_slice(last);
            return Ok(last.len());
        }
        Ok(length)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.end.try_write(bytes)
    }
}
