//! Sockets of every kind: to the machine, to its kernel, to the world.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts, nothing};
use crate::call::{done, number};

attempts! { "network":
    Network {
        tcp_connect, tcp_connect_by_fast_open, tcp_connect_to_mapped_address, multipath_tcp_connect, tcp_listen, udp_ask, udp_bind,
        raw_socket, packet_socket, list_interfaces, list_addresses, list_sockets, list_interfaces_by_ioctl, netlink_uevents,
        vsock_bind, crypto_socket, xdp_socket,
    }
}

const NON_LOOPBACK_UP: &str = "an interface is up";

pub(crate) fn socket(family: i32, kind: i32, protocol: i32) -> std::io::Result<i32> {
    call!(SYS_socket, family, kind | libc::SOCK_CLOEXEC, protocol).map(number)
}

/// The first bytes of each address.
pub(crate) fn family(family: i32) -> [u8; 2] {
    u16::try_from(family).unwrap_or_default().to_ne_bytes()
}

/// `sockaddr_in` of a port on 127.0.0.1.
fn loopback(port: u16) -> [u8; 16] {
    let (mut address, [high, low]) = ([0; 16], port.to_be_bytes());
    address[..2].copy_from_slice(&family(libc::AF_INET));
    address[2..8].copy_from_slice(&[high, low, 127, 0, 0, 1]);
    address
}

fn connect(fd: i32, address: &[u8]) -> Outcome {
    call!(SYS_connect, fd, address.as_ptr(), address.len())?;
    Ok("connected".to_owned())
}

fn tcp_connect(t: &Targets) -> Outcome {
    connect(socket(libc::AF_INET, libc::SOCK_STREAM, 0)?, &loopback(t.tcp))
}

fn tcp_connect_by_fast_open(t: &Targets) -> Outcome {
    let (fd, to) = (socket(libc::AF_INET, libc::SOCK_STREAM, 0)?, loopback(t.tcp));
    done(call!(SYS_sendto, fd, b"x".as_ptr(), 1, libc::MSG_FASTOPEN, to.as_ptr(), to.len()))
}

/// An IPv6 socket, and an IPv4 address in it.
fn tcp_connect_to_mapped_address(t: &Targets) -> Outcome {
    let (mut address, [high, low]) = ([0_u8; 28], t.tcp.to_be_bytes());
    address[..2].copy_from_slice(&family(libc::AF_INET6));
    address[2..4].copy_from_slice(&[high, low]);
    address[18..24].copy_from_slice(&[0xff, 0xff, 127, 0, 0, 1]);
    connect(socket(libc::AF_INET6, libc::SOCK_STREAM, 0)?, &address)
}

fn multipath_tcp_connect(t: &Targets) -> Outcome {
    let multipath = 262;
    connect(socket(libc::AF_INET, libc::SOCK_STREAM, multipath)?, &loopback(t.tcp))
}

/// A port that others can reach: only where an address is.
fn tcp_listen(_: &Targets) -> Outcome {
    let (fd, at) = (socket(libc::AF_INET, libc::SOCK_STREAM, 0)?, loopback(0));
    call!(SYS_bind, fd, at.as_ptr(), at.len())?;
    call!(SYS_listen, fd, 1)?;
    interface_is_up()
}

fn udp_ask(t: &Targets) -> Outcome {
    let (fd, to) = (socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?, loopback(t.udp));
    wait_a_moment(fd)?;
    call!(SYS_sendto, fd, b"x".as_ptr(), 1, 0, to.as_ptr(), to.len())?;
    done(call!(SYS_read, fd, [0_u8; 8].as_mut_ptr(), 8))
}

/// No read of this socket takes longer.
fn wait_a_moment(fd: i32) -> std::io::Result<usize> {
    let moment = [0_i64, 300_000];
    let (level, option) = (libc::SOL_SOCKET, libc::SO_RCVTIMEO);
    call!(SYS_setsockopt, fd, level, option, moment.as_ptr(), size_of_val(&moment))
}

fn udp_bind(_: &Targets) -> Outcome {
    let (fd, at) = (socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?, loopback(0));
    call!(SYS_bind, fd, at.as_ptr(), at.len())?;
    interface_is_up()
}

fn raw_socket(_: &Targets) -> Outcome {
    let (fd, to) = (socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP)?, loopback(0));
    let echo_request = [8_u8, 0, 0xf7, 0xff, 0, 0, 0, 0];
    let length = echo_request.len();
    done(call!(SYS_sendto, fd, echo_request.as_ptr(), length, 0, to.as_ptr(), to.len()))
}

/// Every frame of the machine.
fn packet_socket(_: &Targets) -> Outcome {
    let all = 0x0300; // ETH_P_ALL in the network's order
    socket(libc::AF_PACKET, libc::SOCK_RAW, all)?;
    interface_is_up()
}

/// In a network of its own, the only interface is down.
fn interface_is_up() -> Outcome {
    let fd = socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    let mut request = [0_u8; 40];
    request[..2].copy_from_slice(b"lo");
    call!(SYS_ioctl, fd, libc::SIOCGIFFLAGS, request.as_mut_ptr())?;
    if request[16] & 1 == 1 {
        Ok(NON_LOOPBACK_UP.to_owned())
    } else {
        nothing("no interface is up")
    }
}

/// A dump by netlink: what it says of `kind`.
fn dump(protocol: i32, kind: u16, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let fd = socket(libc::AF_NETLINK, libc::SOCK_RAW, protocol)?;
    let length = u32::try_from(16 + body.len()).unwrap_or(16);
    let mut request = length.to_ne_bytes().to_vec();
    request.extend(kind.to_ne_bytes());
    request.extend(0x301_u16.to_ne_bytes()); // NLM_F_REQUEST | NLM_F_DUMP
    request.extend([0; 8]);
    request.extend(body);
    call!(SYS_sendto, fd, request.as_ptr(), request.len(), 0, 0, 0)?;
    let mut room = vec![0_u8; 32768];
    let count = call!(SYS_recvfrom, fd, room.as_mut_ptr(), room.len(), 0, 0, 0)?;
    room.truncate(count);
    Ok(room)
}

/// Of the first interface, whether it is up: `ifi_flags` is 8 bytes into the message.
fn list_interfaces(_: &Targets) -> Outcome {
    let said = dump(libc::NETLINK_ROUTE, 18, &[0; 16])?;
    if said.get(24).is_some_and(|flags| flags & 1 == 1) {
        Ok(NON_LOOPBACK_UP.to_owned())
    } else {
        nothing("none is up")
    }
}

/// An address is there where an answer is not only its end (type 3).
fn list_addresses(_: &Targets) -> Outcome {
    let said = dump(libc::NETLINK_ROUTE, 22, &[0; 16])?;
    if said.get(4) == Some(&20) { Ok("an address".to_owned()) } else { nothing("no address") }
}

/// Every TCP socket of the machine: `inet_diag_req_v2` for IPv4, TCP, all states.
fn list_sockets(_: &Targets) -> Outcome {
    let mut request = [0_u8; 56];
    request[..2].copy_from_slice(&[2, 6]);
    request[4..8].fill(0xff);
    let said = dump(4, 20, &request)?;
    if said.get(4) == Some(&20) {
        Ok("a socket of another".to_owned())
    } else {
        nothing("no socket")
    }
}

fn list_interfaces_by_ioctl(_: &Targets) -> Outcome {
    interface_is_up()
}

/// What the machine's kernel tells of its devices.
fn netlink_uevents(_: &Targets) -> Outcome {
    let fd = socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_KOBJECT_UEVENT)?;
    let mut address = [0_u32; 3];
    address[0] = libc::AF_NETLINK.cast_unsigned();
    address[2] = 1;
    call!(SYS_bind, fd, address.as_ptr(), 12)?;
    interface_is_up()
}

/// A port, below 1024, for the host that this machine is a guest of.
fn vsock_bind(_: &Targets) -> Outcome {
    let fd = socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0)?;
    let any = u32::MAX;
    let address = [libc::AF_VSOCK.cast_unsigned(), 1000, any, 0];
    done(call!(SYS_bind, fd, address.as_ptr(), 16))
}

/// The kernel's cryptography, with its bugs.
fn crypto_socket(_: &Targets) -> Outcome {
    done(socket(libc::AF_ALG, libc::SOCK_SEQPACKET, 0).map(|_| 0))
}

fn xdp_socket(_: &Targets) -> Outcome {
    socket(libc::AF_XDP, libc::SOCK_RAW, 0)?;
    interface_is_up()
}
