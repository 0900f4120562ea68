//! What a lease holder speaks through: sockets in service, memory in a simulation.
//!
//! [`Sockets`] is what runs; nothing else here does anything.

use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use bunbase_packet::{Connection, Error};
use bunbase_wire::lease::{FromScheduler, ToScheduler};
use bytes::BytesMut;
use tokio::net::UnixStream;

/// The way to schedulerd. `Display` says where that is.
pub trait Transport: fmt::Display + 'static {
    /// A connection to it.
    type Packets: Packets;

    /// Connects to it.
    ///
    /// # Errors
    /// When it can't be reached now.
    fn connect(&self) -> impl Future<Output = io::Result<Self::Packets>>;
}

/// A connection to schedulerd: packets in their order, some with a worker's stream. Sending and receiving may go on
/// at the same time.
pub trait Packets {
    /// A worker's stream.
    type Pipe: Pipe;

    /// Sends a message.
    ///
    /// # Errors
    /// When schedulerd is gone.
    fn send(&self, message: &ToScheduler) -> impl Future<Output = Result<(), Error>>;

    /// The next message, with what came with it; `None` when schedulerd has closed the connection.
    ///
    /// # Errors
    /// When the packet is no message, or the connection has broken.
    fn recv(&self) -> impl Future<Output = Result<Received<Self::Pipe>, Error>>;
}

/// A message and the stream that came with it, if there was another message.
pub type Received<P> = Option<(FromScheduler, Option<P>)>;

/// A worker's stream, as [`UnixStream`] has it: the methods do what those of the same names do there.
#[expect(missing_docs, reason = "said above")]
#[expect(clippy::missing_errors_doc, reason = "said above")]
pub trait Pipe: 'static {
    fn readable(&self) -> impl Future<Output = io::Result<()>>;
    fn writable(&self) -> impl Future<Output = io::Result<()>>;
    fn try_read_buf(&self, buffer: &mut BytesMut) -> io::Result<usize>;
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
}

/// schedulerd at `lease.sock`.
#[derive(Debug)]
pub(crate) struct Sockets {
    pub path: PathBuf,
}

impl fmt::Display for Sockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

impl Transport for Sockets {
    type Packets = Connection;

    async fn connect(&self) -> io::Result<Connection> {
        Connection::connect(&self.path).await
    }
}

impl Packets for Connection {
    type Pipe = UnixStream;

    async fn send(&self, message: &ToScheduler) -> Result<(), Error> {
        Connection::send(self, message, &[]).await
    }

    async fn recv(&self) -> Result<Received<UnixStream>, Error> {
        let Some((message, descriptors)) = Connection::recv(self).await? else { return Ok(None) };
        let stream = descriptors.into_iter().next().map(stream_of).transpose()?;
        Ok(Some((message, stream)))
    }
}

fn stream_of(descriptor: OwnedFd) -> io::Result<UnixStream> {
    let socket = std::os::unix::net::UnixStream::from(descriptor);
    socket.set_nonblocking(true)?;
    UnixStream::from_std(socket)
}

impl Pipe for UnixStream {
    async fn readable(&self) -> io::Result<()> {
        UnixStream::readable(self).await
    }

    async fn writable(&self) -> io::Result<()> {
        UnixStream::writable(self).await
    }

    fn try_read_buf(&self, buffer: &mut BytesMut) -> io::Result<usize> {
        UnixStream::try_read_buf(self, buffer)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        UnixStream::try_write(self, bytes)
    }
}
