//! A packet socket in between two processes: passes packets and descriptors on, and counts the packets.

use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr,
    accept, connect, recvmsg, sendmsg, socket,
};

use crate::daemon::packet_listener;

/// Longer than any packet of ours.
const ROOM: usize = 128 * 1024;

/// A relay at work; its threads end with the test's process.
#[derive(Debug)]
pub struct Relay {
    /// Where the other side connects.
    pub socket: PathBuf,
    packets: Arc<AtomicUsize>,
}

impl Relay {
    /// Listens at `from` and passes everything on to `to`.
    ///
    /// # Panics
    /// When it can't listen.
    #[must_use]
    pub fn start(from: &Path, to: &Path) -> Self {
        let listener = packet_listener(from);
        let (packets, to) = (Arc::<AtomicUsize>::default(), to.to_owned());
        let counter = Arc::clone(&packets);
        std::thread::spawn(move || {
            while let Ok(client) = accept(listener.as_raw_fd()) {
                serve(client, &to, &counter);
            }
        });
        Self { socket: from.to_owned(), packets }
    }

    /// Packets so far, both ways.
    #[must_use]
    pub fn packets(&self) -> usize {
        self.packets.load(Ordering::SeqCst)
    }
}

fn serve(client: RawFd, to: &Path, counter: &Arc<AtomicUsize>) {
    let server = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::empty(), None)
        .expect("a socket");
    connect(server.as_raw_fd(), &UnixAddr::new(to).expect("a short path"))
        .expect("the real socket");
    // Both ends stay open as long as the process: an end is passed on by shutdown.
    let server = std::os::fd::IntoRawFd::into_raw_fd(server);
    for (from, to) in [(client, server), (server, client)] {
        let counter = Arc::clone(counter);
        std::thread::spawn(move || {
            while pass_on(from, to) {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            let _ = nix::sys::socket::shutdown(to, nix::sys::socket::Shutdown::Both);
        });
    }
}

/// One packet and what came with it. False at the end.
fn pass_on(from: RawFd, to: RawFd) -> bool {
    let mut bytes = vec![0; ROOM];
    let mut slices = [IoSliceMut::new(&mut bytes)];
    let mut room = nix::cmsg_space!([RawFd; 4]);
    let Ok(received) =
        recvmsg::<()>(from, &mut slices, Some(&mut room), MsgFlags::MSG_CMSG_CLOEXEC)
    else {
        return false;
    };
    let length = received.bytes;
    let descriptors: Vec<RawFd> = received
        .cmsgs()
        .into_iter()
        .flatten()
        .flat_map(|message| match message {
            ControlMessageOwned::ScmRights(descriptors) => descriptors,
            _ => Vec::new(),
        })
        .collect();
    let rights = [ControlMessage::ScmRights(&descriptors)];
    let control = if descriptors.is_empty() { &[][..] } else { &rights[..] };
    let sent =
        sendmsg::<()>(to, &[IoSlice::new(&bytes[..length])], control, MsgFlags::MSG_NOSIGNAL, None);
    // SAFETY: recvmsg has just made these descriptors for us, and nobody else has them.
    descriptors.into_iter().for_each(|fd| drop(unsafe { OwnedFd::from_raw_fd(fd) }));
    length > 0 && sent.is_ok()
}
