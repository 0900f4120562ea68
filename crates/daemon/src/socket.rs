//! Inherited listeners, by the names that the socket units give them (`FileDescriptorName=`).
//!
//! See sd_listen_fds(3).

use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;

use listenfd::ListenFd;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::libc::{AF_UNIX, SOCK_SEQPACKET};

/// A socket that isn't as this daemon needs it. Ends it with exit status 64.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Nothing was handed over under this name.
    #[error(
        "no socket named {name:?} was handed over; start this daemon through its socket unit \
         (systemctl start bunbase.target) or with \"bunbase up\""
    )]
    Missing {
        /// The name that the unit gives it.
        name: &'static str,
    },
    /// It is there, of another kind.
    #[error("the socket named {name:?} is no {wanted}: {cause}")]
    WrongKind {
        /// Its name.
        name: &'static str,
        /// What it should be.
        wanted: &'static str,
        /// What the kernel says.
        cause: std::io::Error,
    },
    /// Something was handed over that this daemon does not know.
    #[error(
        "a socket named {0:?} was handed over that this daemon has no use for; see its socket unit"
    )]
    Unexpected(String),
}

/// What was inherited and not yet taken.
pub struct Sockets {
    inherited: ListenFd,
    names: Vec<String>,
}

impl Sockets {
    /// Takes over what LISTEN_FDS announces; nothing if it is for another process.
    pub(crate) fn inherit() -> Self {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let inherited = ListenFd::from_env();
        let mut names: Vec<String> = names.split(':').map(str::to_owned).collect();
        names.resize(inherited.len(), "unknown".to_owned());
        Self { inherited, names }
    }

    /// A listening TCP socket.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn tcp(&mut self, name: &'static str) -> Result<TcpListener, SocketError> {
        self.take(name, "listening TCP socket", ListenFd::take_tcp_listener)
    }

    /// A listening Unix stream socket.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn stream(&mut self, name: &'static str) -> Result<UnixListener, SocketError> {
        self.take(name, "listening Unix stream socket", ListenFd::take_unix_listener)
    }

    /// A listening Unix packet socket (SOCK_SEQPACKET).
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn packet(&mut self, name: &'static str) -> Result<OwnedFd, SocketError> {
        self.take(name, "listening Unix packet socket", |sockets, index| {
            sockets.take_custom(index, AF_UNIX, SOCK_SEQPACKET, "a packet socket")
        })
    }

    /// Makes sure that everything handed over has been taken.
    ///
    /// # Errors
    /// When something is left: unit and daemon don't fit each other.
    pub fn finish(self) -> Result<(), SocketError> {
        match self.names.into_iter().find(|name| !name.is_empty()) {
            Some(name) => Err(SocketError::Unexpected(name)),
            None => Ok(()),
        }
    }

    fn take<T: AsFd>(
        &mut self,
        name: &'static str,
        wanted: &'static str,
        take: impl FnOnce(&mut ListenFd, usize) -> std::io::Result<Option<T>>,
    ) -> Result<T, SocketError> {
        let index =
            self.names.iter().position(|n| n == name).ok_or(SocketError::Missing { name })?;
        self.names[index].clear();
        let wrong = |cause| SocketError::WrongKind { name, wanted, cause };
        let socket = take(&mut self.inherited, index).map_err(wrong)?;
        let socket = socket.ok_or(SocketError::Missing { name })?;
        prepare(&socket).map_err(|e| wrong(e.into()))?;
        Ok(socket)
    }
}

/// Not for our children, and not blocking, as the runtime needs it.
fn prepare(socket: &impl AsFd) -> nix::Result<()> {
    fcntl(socket, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    let flags = OFlag::from_bits_retain(fcntl(socket, FcntlArg::F_GETFL)?);
    fcntl(socket, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK)).map(drop)
}
