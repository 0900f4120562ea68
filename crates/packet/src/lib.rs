//! Messages over Unix packet sockets (SOCK_SEQPACKET), each with a descriptor if it has one to pass.
//!
//! A message is a packet: the kernel keeps the boundaries, and a descriptor arrives with its own message.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use bunbase_wire::packet::{MAX_PACKET, PacketError, decode, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_seqpacket::ancillary::{AncillaryMessageWriter, OwnedAncillaryMessage};
use tokio_seqpacket::{UnixSeqpacket, UnixSeqpacketListener};

/// Room for the control message of one descriptor.
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
    #[error("packet of more than {MAX_PACKET} bytes")]
    Truncated,
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

    /// Sends a message, with a descriptor if there is one; the caller's copy stays open.
    ///
    /// # Errors
    /// When it is too long or the other side is gone.
    pub async fn send<M: Serialize>(
        &self,
        message: &M,
        descriptor: Option<BorrowedFd<'_>>,
    ) -> Result<(), Error> {
        let packet = encode(message)?;
        let Some(descriptor) = descriptor else {
            self.0.send(&packet).await?;
            return Ok(());
        };
        let mut room = [0; CONTROL];
        let mut control = AncillaryMessageWriter::new(&mut room);
        let added = control.add_fds([descriptor]);
        added.map_err(|_| io::Error::other("no room for a descriptor"))?;
        self.0.send_vectored_with_ancillary(&[io::IoSlice::new(&packet)], &mut control).await?;
        Ok(())
    }

    /// The next message and the descriptor that came with it; `None` when the other side has closed.
    ///
    /// # Errors
    /// When the packet is no message, or the socket failed.
    pub async fn recv<M: DeserializeOwned>(&self) -> Result<Option<(M, Option<OwnedFd>)>, Error> {
        let mut buffer = vec![0; MAX_PACKET];
        let mut room = [0; CONTROL];
        let (info, control) = self.0.recv_with_ancillary(&mut buffer, &mut room).await?;
        let descriptor = control.into_messages().find_map(first_descriptor);
        if info.truncated() {
            return Err(Error::Truncated);
        }
        if info.bytes_read() == 0 {
            return Ok(None);
        }
        Ok(Some((decode(&buffer[..info.bytes_read()])?, descriptor)))
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn first_descriptor(message: OwnedAncillaryMessage<'_>) -> Option<OwnedFd> {
    match message {
        OwnedAncillaryMessage::FileDescriptors(mut descriptors) => descriptors.next(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[tokio::test]
    async fn a_descriptor_arrives_with_its_message() {
        let (a, b) = Connection::pair().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        a.send(&"first", None).await.unwrap();
        a.send(&"second", Some(writer.as_fd())).await.unwrap();
        drop(writer);
        assert!(matches!(b.recv::<String>().await.unwrap(), Some((text, None)) if text == "first"));
        let (text, descriptor) = b.recv::<String>().await.unwrap().unwrap();
        std::fs::File::from(descriptor.unwrap()).write_all(text.as_bytes()).unwrap();
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
        assert!(matches!(a.send(&long, None).await, Err(Error::Packet(PacketError::TooLong(_)))));
    }
}
