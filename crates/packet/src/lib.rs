//! Messages over Unix packet sockets (SOCK_SEQPACKET), each with the descriptors that it has to pass.
//!
//! A message is a packet: the kernel keeps the boundaries, and descriptors arrive with their own message.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use bunbase_wire::packet::{MAX_PACKET, PacketError, decode_within, encode_within};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_seqpacket::ancillary::{AncillaryMessageWriter, OwnedAncillaryMessage};
use tokio_seqpacket::{UnixSeqpacket, UnixSeqpacketListener};

/// Room for the control message of some descriptors.
const CONTROL: usize = 64;

/// Why a message was not sent or not received. The connection is of no use after it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The socket failed.
    #[error("packet socket")]
    Io(#[from] io::Error),
    /// The packet is no message.
    #[error(transparent)]
    Packet(#[from] PacketError),
    /// The packet was longer than allowed and has been cut.
    #[error("packet of more than {0} bytes")]
    Truncated(usize),
}

/// A listening packet socket.
#[derive(Debug)]
pub struct Listener(UnixSeqpacketListener);

/// One connection.
#[derive(Debug)]
pub struct Connection(UnixSeqpacket);

impl Listener {
    /// Watches an inherited listener. To be called inside of a runtime.
    ///
    /// # Errors
    /// When it can't be watched.
    pub fn new(inherited: OwnedFd) -> io::Result<Self> {
        Ok(Self(inherited.try_into()?))
    }

    /// The next connection.
    ///
    /// # Errors
    /// As accept(2).
    pub async fn accept(&mut self) -> io::Result<Connection> {
        Ok(Connection(self.0.accept().await?))
    }
}

impl Connection {
    /// Connects to the socket at `path`.
    ///
    /// # Errors
    /// As connect(2).
    pub async fn connect(path: &Path) -> io::Result<Self> {
        Ok(Self(UnixSeqpacket::connect(path).await?))
    }

    /// Two ends of one connection.
    ///
    /// # Errors
    /// As socketpair(2).
    pub fn pair() -> io::Result<(Self, Self)> {
        let (a, b) = UnixSeqpacket::pair()?;
        Ok((Self(a), Self(b)))
    }

    /// The other side's user.
    ///
    /// # Errors
    /// As getsockopt(2).
    pub fn peer_uid(&self) -> io::Result<u32> {
        Ok(self.0.peer_cred()?.uid())
    }

    /// Sends a message, with descriptors if there are any; the caller's copies stay open.
    ///
    /// # Errors
    /// When it is too long or the other side is gone.
    pub async fn send<M: Serialize>(
        &self,
        message: &M,
        descriptors: &[BorrowedFd<'_>],
    ) -> Result<(), Error> {
        self.send_within(message, descriptors, MAX_PACKET).await
    }

    /// As [`Connection::send`], with another bound for the packet's bytes.
    ///
    /// # Errors
    /// When it is too long or the other side is gone.
    pub async fn send_within<M: Serialize>(
        &self,
        message: &M,
        descriptors: &[BorrowedFd<'_>],
        longest: usize,
    ) -> Result<(), Error> {
        let packet = encode_within(message, longest)?;
        if descriptors.is_empty() {
            self.0.send(&packet).await?;
            return Ok(());
        }
        let mut room = [0; CONTROL];
        let mut control = AncillaryMessageWriter::new(&mut room);
        let added = control.add_fds(descriptors);
        added.map_err(|_| io::Error::other("no room for so many descriptors"))?;
        self.0.send_vectored_with_ancillary(&[io::IoSlice::new(&packet)], &mut control).await?;
        Ok(())
    }

    /// The next message and the descriptors that came with it; `None` when the other side has closed.
    ///
    /// # Errors
    /// When the packet is no message, or the socket failed.
    pub async fn recv<M: DeserializeOwned>(&self) -> Result<Option<(M, Vec<OwnedFd>)>, Error> {
        self.recv_within(MAX_PACKET).await
    }

    /// As [`Connection::recv`], with another bound for the packet's bytes.
    ///
    /// # Errors
    /// When the packet is no message, or the socket failed.
    pub async fn recv_within<M: DeserializeOwned>(
        &self,
        longest: usize,
    ) -> Result<Option<(M, Vec<OwnedFd>)>, Error> {
        // Who sends without a pause has its turn like everybody else: the socket itself never asks for one.
        tokio::task::consume_budget().await;
        let mut buffer = vec![0; longest];
        let mut room = [0; CONTROL];
        let (info, control) = self.0.recv_with_ancillary(&mut buffer, &mut room).await?;
        let descriptors = control.into_messages().flat_map(descriptors_in).collect();
        if info.truncated() {
            return Err(Error::Truncated(longest));
        }
        if info.bytes_read() == 0 {
            return Ok(None);
        }
        Ok(Some((decode_within(&buffer[..info.bytes_read()], longest)?, descriptors)))
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn descriptors_in(message: OwnedAncillaryMessage<'_>) -> Vec<OwnedFd> {
    match message {
        OwnedAncillaryMessage::FileDescriptors(descriptors) => descriptors.collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[tokio::test]
    async fn descriptors_arrive_with_their_message_in_their_order() {
        let (a, b) = Connection::pair().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        a.send(&"first", &[]).await.unwrap();
        a.send(&"second", &[a.as_fd(), writer.as_fd()]).await.unwrap();
        drop(writer);
        let (text, descriptors) = b.recv::<String>().await.unwrap().unwrap();
        assert!(text == "first" && descriptors.is_empty());
        let (text, mut descriptors) = b.recv::<String>().await.unwrap().unwrap();
        assert_eq!(descriptors.len(), 2);
        let writer = std::fs::File::from(descriptors.pop().unwrap());
        (&writer).write_all(text.as_bytes()).unwrap();
        drop((writer, descriptors));
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, "second");
    }

    #[tokio::test]
    async fn a_closed_connection_is_no_error_and_rubbish_is_one() {
        let (a, b) = Connection::pair().unwrap();
        a.0.send(b"{").await.unwrap();
        assert!(matches!(b.recv::<String>().await, Err(Error::Packet(_))));
        drop(a);
        assert!(matches!(b.recv::<String>().await, Ok(None)));
    }

    #[tokio::test]
    async fn a_message_beyond_the_bound_is_not_sent() {
        let (a, _b) = Connection::pair().unwrap();
        let long = "x".repeat(MAX_PACKET);
        assert!(matches!(
            a.send(&long, &[]).await,
            Err(Error::Packet(PacketError::TooLong { .. }))
        ));
    }
}
