//! Forking.

use std::io::{self, IoSliceMut, stdin};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, send};

use super::packets::{Answer, LONGEST, MOST_DESCRIPTORS, Request};
use crate::fork::{Forked, fork_sibling};
use crate::{Cage, descriptors};

/// Why a zygote, or a child of it, can't go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The socket failed.
    #[error("the zygote's socket failed: {0}")]
    Socket(#[from] nix::Error),
    /// What came is no request.
    #[error("not a request for a fork: {0}")]
    Malformed(#[from] serde_json::Error),
    /// More or fewer descriptors than places.
    #[error("{0} descriptors for {1} places")]
    Descriptors(usize, usize),
    /// The child could not be confined.
    #[error("the worker can't be confined: {0}")]
    Confine(#[source] io::Error),
}

/// Where [`serve`] has returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// In a child, which is a worker now.
    Worker,
    /// In the zygote: nobody wants workers any more.
    Closed,
}

/// Forks a worker for each request on standard input. Returns in each of them, and in the zygote at the end.
/// To be called by processes with a single thread only.
///
/// # Errors
/// In the zygote when the socket fails or what comes is no request; in a child when it can't be confined.
pub fn serve() -> Result<Served, ServeError> {
    while let Some((request, received)) = receive()? {
        match fork_sibling() {
            Ok(Forked::Child) => return become_worker(&request, received).map(|()| Served::Worker),
            Ok(Forked::Caller(pid)) => reply(&Answer::Forked(pid.as_raw()))?,
            Err(error) => reply(&Answer::Failed(error.raw_os_error().unwrap_or_default()))?,
        }
    }
    Ok(Served::Closed)
}

fn receive() -> Result<Option<(Request, Vec<OwnedFd>)>, ServeError> {
    let mut packet = [0; LONGEST];
    let mut control = cmsg_space!([RawFd; MOST_DESCRIPTORS]);
    let mut parts = [IoSliceMut::new(&mut packet)];
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(stdin().as_raw_fd(), &mut parts, Some(&mut control), flags)?;
    let length = message.bytes;
    let received: Vec<OwnedFd> = message.cmsgs()?.flat_map(owned).collect();
    if length == 0 {
        return Ok(None);
    }
    let request: Request = serde_json::from_slice(&packet[..length])?;
    if received.len() == request.places.len() {
        return Ok(Some((request, received)));
    }
    Err(ServeError::Descriptors(received.len(), request.places.len()))
}

fn owned(message: ControlMessageOwned) -> Vec<OwnedFd> {
    let ControlMessageOwned::ScmRights(numbers) = message else { return Vec::new() };
    // SAFETY: the kernel has just made these for this process; nobody else knows of them.
    numbers.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }).collect()
}

fn reply(answer: &Answer) -> Result<(), ServeError> {
    let packet = serde_json::to_vec(answer)?;
    send(stdin().as_fd().as_raw_fd(), &packet, MsgFlags::MSG_NOSIGNAL)?;
    Ok(())
}

/// The descriptors take their places, the zygote's own is closed with all others, then the cage is put on.
fn become_worker(request: &Request, received: Vec<OwnedFd>) -> Result<(), ServeError> {
    let placed = request.places.iter().copied().zip(received).collect();
    descriptors::put(placed)
        .and_then(|()| Cage::new(request.runtime, &request.limits).confine_fork())
        .map_err(ServeError::Confine)
}
