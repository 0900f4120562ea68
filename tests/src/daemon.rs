//! One daemon alone, with the sockets and the environment that a test gives it.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket,
};

use crate::binary;

/// A packet listener at a path.
///
/// # Panics
/// When it can't be made.
#[must_use]
pub fn packet_listener(path: &Path) -> OwnedFd {
    let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None);
    let socket = socket.expect("a socket");
    let address = UnixAddr::new(path).expect("a short path");
    bind(std::os::fd::AsRawFd::as_raw_fd(&socket), &address).expect("a free path");
    listen(&socket, Backlog::MAXCONN).expect("a listener");
    socket
}

/// A stream listener at a path.
///
/// # Panics
/// When it can't be made.
#[must_use]
pub fn stream_listener(path: &Path) -> OwnedFd {
    UnixListener::bind(path).expect("a free path").into()
}

/// The command for a daemon with these listeners, as a service manager would start it. Descriptors are put in
/// place by the shell, which also knows the daemon's pid.
///
/// # Panics
/// When a descriptor can't be handed over.
#[must_use]
pub fn activated(name: &str, folder: &Path, sockets: &[(&str, &OwnedFd)]) -> Command {
    let mut command = Command::new("/bin/bash");
    let redirections: String = (3..)
        .zip(sockets)
        .map(|(fd, (_, socket))| format!(" {fd}<&{}", inheritable(socket)))
        .collect();
    command.arg("-c").arg(format!("LISTEN_PID=$$ exec \"$0\"{redirections}"));
    command.arg(binary(&format!("bunbase-{name}")));
    let names: Vec<&str> = sockets.iter().map(|(name, _)| *name).collect();
    command.env("LISTEN_FDS", names.len().to_string()).env("LISTEN_FDNAMES", names.join(":"));
    for variable in ["STATE_DIRECTORY", "RUNTIME_DIRECTORY", "CONFIGURATION_DIRECTORY"] {
        command.env(variable, folder);
    }
    command
}

/// The number of a copy that survives exec; never closed, the test's process is short.
fn inheritable(socket: &OwnedFd) -> i32 {
    use nix::fcntl::{FcntlArg, fcntl};
    // High, so that the shell's own redirections don't meet it.
    fcntl(socket, FcntlArg::F_DUPFD(100)).expect("a copy of a descriptor")
}
