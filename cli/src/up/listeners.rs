//! The listening sockets: made once, kept while daemons come and go.

use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket,
};

use crate::exit::{Failed, Status};
use crate::up::place::Place;

const NAMES: [&str; 4] = ["ipc.sock", "registry.sock", "telemetry.sock", "lease.sock"];

/// All sockets of the suite.
#[derive(Debug)]
pub struct Listeners {
    pub http: OwnedFd,
    /// Where HTTP is, with the port that was taken.
    pub address: SocketAddr,
    pub ipc: OwnedFd,
    pub registry: OwnedFd,
    pub telemetry: OwnedFd,
    pub lease: OwnedFd,
}

impl Listeners {
    /// Binds them all. What an earlier `up` left in the folder is replaced: the lock says that it is gone.
    pub fn bind(place: &Place, http: SocketAddr) -> Result<Self, Failed> {
        let tcp = TcpListener::bind(http).map_err(|error| not_bound(http, &error))?;
        let address = tcp.local_addr().map_err(|error| not_bound(http, &error))?;
        let [ipc, registry, telemetry, lease] = NAMES;
        Ok(Self {
            http: tcp.into(),
            address,
            ipc: unix(&place.file(ipc), SockType::Stream)?,
            registry: unix(&place.file(registry), SockType::SeqPacket)?,
            telemetry: unix(&place.file(telemetry), SockType::SeqPacket)?,
            lease: unix(&place.file(lease), SockType::SeqPacket)?,
        })
    }

    /// Takes the sockets' files away: nobody listens any more.
    pub fn remove(&self, place: &Place) {
        for name in NAMES {
            // What can't be removed is replaced by the next run.
            let _ = fs::remove_file(place.file(name));
        }
    }
}

fn not_bound(http: SocketAddr, error: &std::io::Error) -> Failed {
    let failed = Failed::new(Status::Failed, format!("cannot listen on {http}: {error}"));
    match error.kind() {
        ErrorKind::AddrInUse => {
            failed.hint("something listens there already; choose another port with --http")
        }
        ErrorKind::PermissionDenied => {
            failed.hint("ports below 1024 are root's; choose another with --http")
        }
        _ => failed,
    }
}

fn unix(path: &Path, kind: SockType) -> Result<OwnedFd, Failed> {
    let failed = |error: std::io::Error| {
        Failed::new(Status::Failed, format!("cannot listen on {}: {error}", path.display()))
    };
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let bound = || -> nix::Result<OwnedFd> {
        let socket = socket(AddressFamily::Unix, kind, SockFlag::SOCK_CLOEXEC, None)?;
        bind(std::os::fd::AsRawFd::as_raw_fd(&socket), &UnixAddr::new(path)?)?;
        listen(&socket, Backlog::MAXCONN)?;
        Ok(socket)
    };
    let socket = bound().map_err(|error| failed(error.into()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(socket)
}
