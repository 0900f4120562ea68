//! Unix sockets: those of the suite itself, and what goes through the one that a worker has.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts, nothing};
use crate::call::done;
use crate::sockets::{family, socket};

attempts! { "local sockets":
    Network {
        connect_to_ipcd, connect_to_registry, connect_to_telemetry, connect_to_schedulerd, connect_to_abstract_socket,
        send_datagram_to_abstract_socket,
        bind_abstract_name, bind_path, reconnect_stream,
    }
    Other { pass_descriptor, forge_credentials, make_socket_pair }
}

/// `sockaddr_un`, and how long it is. A name without a path begins with a zero.
fn address(path: &str, is_abstract: bool) -> std::io::Result<(Vec<u8>, usize)> {
    if path.is_empty() {
        return nothing("no such socket");
    }
    let mut bytes = family(libc::AF_UNIX).to_vec();
    bytes.extend(is_abstract.then_some(0));
    bytes.extend(path.as_bytes());
    let length = bytes.len();
    bytes.resize(110, 0);
    Ok((bytes, if is_abstract { length } else { length + 1 }))
}

fn connect(path: &str, kind: i32, is_abstract: bool) -> Outcome {
    let (to, length) = address(path, is_abstract)?;
    call!(SYS_connect, socket(libc::AF_UNIX, kind, 0)?, to.as_ptr(), length)?;
    Ok("connected".to_owned())
}

fn connect_to_ipcd(t: &Targets) -> Outcome {
    connect(&t.ipc_socket, libc::SOCK_STREAM, false)
}

fn connect_to_registry(t: &Targets) -> Outcome {
    connect(&t.registry_socket, libc::SOCK_SEQPACKET, false)
}

fn connect_to_telemetry(t: &Targets) -> Outcome {
    connect(&t.telemetry_socket, libc::SOCK_SEQPACKET, false)
}

fn connect_to_schedulerd(t: &Targets) -> Outcome {
    connect(&t.lease_socket, libc::SOCK_SEQPACKET, false)
}

fn connect_to_abstract_socket(t: &Targets) -> Outcome {
    connect(&t.abstract_socket, libc::SOCK_STREAM, true)
}

fn send_datagram_to_abstract_socket(t: &Targets) -> Outcome {
    let fd = socket(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
    let (to, length) = address(&t.abstract_datagrams, true)?;
    let flags = libc::MSG_DONTWAIT;
    let sent = call!(SYS_sendto, fd, b"x".as_ptr(), 1, flags, to.as_ptr(), length);
    // One who has many unread was reached.
    crate::call::passed(sent, &[libc::EAGAIN])
}

/// Others would take it for the daemon whose name it is; the name is in use where others can see it.
fn bind_abstract_name(t: &Targets) -> Outcome {
    let ((at, length), fd) =
        (address(&t.abstract_socket, true)?, socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)?);
    match call!(SYS_bind, fd, at.as_ptr(), length) {
        Err(error) if error.raw_os_error() == Some(libc::EADDRINUSE) => {
            Ok("it is among others".to_owned())
        }
        Err(error) => Err(error),
        Ok(_) => nothing("it is alone"),
    }
}

fn bind_path(t: &Targets) -> Outcome {
    let path = format!("{}/socket", t.room);
    let ((at, length), fd) = (address(&path, false)?, socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)?);
    let bound = call!(SYS_bind, fd, at.as_ptr(), length);
    let path = crate::targets::text(&path)?;
    // It is there only if it was bound.
    let _ = call!(SYS_unlinkat, libc::AT_FDCWD, path.as_ptr(), 0);
    done(bound)
}

/// Another socket in the place of the stream, connected to where others listen.
fn reconnect_stream(t: &Targets) -> Outcome {
    let (to, length) = address(&t.ipc_socket, false)?;
    let fd = socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    call!(SYS_dup3, fd, 0, 0)?;
    call!(SYS_connect, 0, to.as_ptr(), length)?;
    Ok("connected".to_owned())
}

/// A message with this control data, through a socket. Its one byte is a space: the line that follows is a line all the same.
fn send_with(fd: i32, control: &[u64]) -> std::io::Result<usize> {
    let byte = [b' '];
    let part = [byte.as_ptr() as usize, 1];
    let message =
        [0, 0, part.as_ptr() as usize, 1, control.as_ptr() as usize, size_of_val(control), 0];
    call!(SYS_sendmsg, fd, message.as_ptr(), libc::MSG_NOSIGNAL)
}

pub(crate) fn pair() -> std::io::Result<[i32; 2]> {
    let mut ends = [0; 2];
    call!(SYS_socketpair, libc::AF_UNIX, libc::SOCK_STREAM, 0, ends.as_mut_ptr())?;
    Ok(ends)
}

fn make_socket_pair(_: &Targets) -> Outcome {
    pair().map(|[a, b]| format!("{a} and {b}"))
}

/// Its bundle, to the host.
fn pass_descriptor(_: &Targets) -> Outcome {
    let head = u64::from(libc::SOL_SOCKET.cast_unsigned())
        | u64::from(libc::SCM_RIGHTS.cast_unsigned()) << 32;
    done(send_with(0, &[20, head, 3]))
}

/// Says that it is the process that tests.
fn forge_credentials(t: &Targets) -> Outcome {
    let head = u64::from(libc::SOL_SOCKET.cast_unsigned())
        | u64::from(libc::SCM_CREDENTIALS.cast_unsigned()) << 32;
    let tester = u64::from(t.tester.cast_unsigned());
    done(send_with(pair()?[0], &[28, head, tester, 0]))
}
