//! Asking a zygote for forks.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, recv, sendmsg, setsockopt,
    socketpair, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::Pid;

use super::packets::{Answer, LONGEST, Opening, Request};
use crate::command::surrounded;
use crate::{Cage, Layer, Surroundings, Uids};

/// A zygote answers within a millisecond, and within some when it has only just been started.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Why there is no fork. The zygote is not to be asked again.
#[derive(Debug, thiserror::Error)]
pub enum ZygoteError {
    /// The socket failed, or no answer came in time.
    #[error("the zygote does not answer")]
    Socket(#[from] nix::Error),
    /// It has ended.
    #[error("the zygote has ended")]
    Gone,
    /// What it said is no answer.
    #[error("the zygote's answer can't be read")]
    Malformed(#[from] serde_json::Error),
    /// It could not fork.
    #[error("the zygote can't fork")]
    Failed(#[source] io::Error),
}

/// A zygote, as whoever started it sees it.
#[derive(Debug)]
pub struct Zygote {
    socket: OwnedFd,
    uids: Option<Uids>,
    without: Vec<Layer>,
}

impl Zygote {
    /// A zygote and the command that starts it: `program zygote`, with its socket as standard input.
    ///
    /// # Errors
    /// When there is no such program, or there are no descriptors left.
    pub fn command(program: &Path, around: Surroundings) -> io::Result<(Self, Command)> {
        let (ours, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        let patience = TimeVal::milliseconds(i64::try_from(PATIENCE.as_millis()).unwrap_or(1000));
        setsockopt(&ours, sockopt::ReceiveTimeout, &patience)?;
        setsockopt(&ours, sockopt::SendTimeout, &patience)?;
        let (uids, view, without) = (around.uids, around.view.clone(), around.without.clone());
        let zygote = Self { socket: ours, uids, without: without.clone() };
        let mut command = surrounded(program, "zygote", around)?;
        command.stdin(Stdio::from(theirs)).stdout(Stdio::null());
        zygote.send(&serde_json::to_vec(&Opening { view, without })?, &[])?;
        Ok((zygote, command))
    }

    /// Has a worker forked, with these descriptors in these places. Its parent is the zygote's parent, which must reap it.
    ///
    /// # Errors
    /// When the zygote does not answer, has ended or can't fork.
    pub fn fork(
        &self,
        cage: &Cage,
        descriptors: &[(BorrowedFd<'_>, i32)],
    ) -> Result<Pid, ZygoteError> {
        self.ask(cage, descriptors)?;
        self.answer()
    }

    /// Asks for a fork, and does not wait for it. An answer follows for each, in their order.
    ///
    /// # Errors
    /// When the zygote has ended, or takes in nothing more.
    pub fn ask(
        &self,
        cage: &Cage,
        descriptors: &[(BorrowedFd<'_>, i32)],
    ) -> Result<(), ZygoteError> {
        let (numbers, places): (Vec<RawFd>, Vec<i32>) =
            descriptors.iter().map(|(fd, place)| (fd.as_raw_fd(), *place)).unzip();
        let cage = cage.clone().without(&self.without);
        let user = cage.user(self.uids);
        let packet = serde_json::to_vec(&Request { cage, user, places })?;
        uninterrupted(|| self.send(&packet, &numbers))?;
        Ok(())
    }

    /// What a packet on the socket says of the fork that was asked for first.
    ///
    /// # Errors
    /// When the zygote has ended or can't fork.
    pub fn read(packet: &[u8]) -> Result<Pid, ZygoteError> {
        if packet.is_empty() {
            return Err(ZygoteError::Gone);
        }
        match serde_json::from_slice(packet)? {
            Answer::Forked(pid) => Ok(Pid::from_raw(pid)),
            Answer::Failed(errno) => Err(ZygoteError::Failed(io::Error::from_raw_os_error(errno))),
        }
    }

    fn send(&self, packet: &[u8], numbers: &[RawFd]) -> nix::Result<usize> {
        let (parts, control) = ([IoSlice::new(packet)], [ControlMessage::ScmRights(numbers)]);
        let control = if numbers.is_empty() { &control[..0] } else { &control[..] };
        sendmsg::<()>(self.socket.as_raw_fd(), &parts, control, MsgFlags::MSG_NOSIGNAL, None)
    }

    fn answer(&self) -> Result<Pid, ZygoteError> {
        let mut packet = [0; LONGEST];
        let socket = self.socket.as_raw_fd();
        let length = uninterrupted(|| recv(socket, &mut packet, MsgFlags::empty()))?;
        Self::read(&packet[..length])
    }
}

/// Its socket, on which answers come as packets.
impl AsFd for Zygote {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Forks end while others begin: SIGCHLD interrupts at any time.
fn uninterrupted<T>(mut call: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            done => return done,
        }
    }
}
