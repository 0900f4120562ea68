//! Forking.

use std::ffi::CStr;
use std::io::{self, IoSliceMut, stdin};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::sys::prctl;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, send};
use serde::de::DeserializeOwned;

use super::packets::{Answer, LONGEST, MOST_DESCRIPTORS, Opening, Request};
use crate::cage::tell;
use crate::fork::{Forked, fork_sibling};
use crate::{Layer, capabilities, descriptors, namespaces, rlimits, seccomp};

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

/// Forks a worker for each request on standard input; `ps` shows it by the name it is called. Returns in each of them, and
/// in the zygote at the end.
/// To be called by processes with a single thread only.
///
/// # Errors
/// In the zygote when the socket fails or what comes is no request; in a child when it can't be confined.
pub fn serve(called: &CStr) -> Result<Served, ServeError> {
    let mut packet = vec![0; LONGEST];
    let Some((opening, _)) = receive(&mut packet)? else { return Ok(Served::Closed) };
    settle(&opening).map_err(ServeError::Confine)?;
    while let Some((request, received)) = receive::<Request>(&mut packet)? {
        if received.len() != request.places.len() {
            return Err(ServeError::Descriptors(received.len(), request.places.len()));
        }
        match fork_sibling(request.cage.has(Layer::Namespaces)) {
            Ok(Forked::Child) => {
                // It can't fail: the kernel cuts what is too long.
                let _ = prctl::set_name(called);
                return become_worker(&request, received).map(|()| Served::Worker);
            }
            Ok(Forked::Caller(pid)) => reply(&Answer::Forked(pid.as_raw()))?,
            Err(error) => {
                if request.cage.has(Layer::Namespaces) {
                    tell(Layer::Namespaces, &error);
                }
                reply(&Answer::Failed(error.raw_os_error().unwrap_or_default()))?;
            }
        }
    }
    Ok(Served::Closed)
}

/// Gives up, for itself and all of its workers, what was needed until now.
fn settle(Opening { view, without }: &Opening) -> io::Result<()> {
    rlimits::survive_full_files()?;
    if !without.contains(&Layer::Namespaces) {
        let settled = namespaces::root::settle(&view.files, |_| Ok(()));
        settled.inspect_err(|error| tell(Layer::Namespaces, error))?;
    }
    if !without.contains(&Layer::Capabilities) {
        capabilities::seal().inspect_err(|error| tell(Layer::Capabilities, error))?;
    }
    seccomp::prepare();
    Ok(())
}

fn receive<T: DeserializeOwned>(
    packet: &mut [u8],
) -> Result<Option<(T, Vec<OwnedFd>)>, ServeError> {
    let mut control = cmsg_space!([RawFd; MOST_DESCRIPTORS]);
    let mut parts = [IoSliceMut::new(packet)];
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(stdin().as_raw_fd(), &mut parts, Some(&mut control), flags)?;
    let length = message.bytes;
    let received: Vec<OwnedFd> = message.cmsgs()?.flat_map(owned).collect();
    if length == 0 {
        return Ok(None);
    }
    Ok(Some((serde_json::from_slice(&packet[..length])?, received)))
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
        .and_then(|()| close_others(request))
        .and_then(|()| request.cage.confine_fork(request.user))
        .map_err(ServeError::Confine)
}

fn close_others(Request { cage, places, .. }: &Request) -> io::Result<()> {
    if !cage.has(Layer::Descriptors) {
        return Ok(());
    }
    descriptors::close_others(places).inspect_err(|error| tell(Layer::Descriptors, error))
}
