//! What is attacked: canaries, which a test has made.

use std::ffi::CString;
use std::io::{self, Error};

use serde::{Deserialize, Serialize};

use crate::attempt::{Outcome, nothing};

/// What every secret begins with.
pub const SECRET: &str = "canary-secret";

/// Where the canaries are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Targets {
    /// Capabilities that are there to be had are taken into use first.
    pub armed: bool,
    /// A folder that everybody may see, in which the other files are.
    pub folder: String,
    /// A folder in it where everybody may write.
    pub room: String,
    /// A file with a secret, of who made it.
    pub secret: String,
    /// A file that belongs to the worker's user.
    pub own: String,
    /// A file to be spoilt; it is made anew.
    pub victim: String,
    /// A program that says its argument.
    pub program: String,
    /// The same with the setuid bit.
    pub setuid_program: String,
    /// Of the secret file, what open_by_handle_at(2) takes.
    pub handle: Vec<u8>,
    /// And its kind.
    pub handle_kind: i32,
    /// A process that sleeps.
    pub process: i32,
    /// The process that makes the tests.
    pub tester: i32,
    /// Where it has a secret in memory.
    pub address: usize,
    /// And where it has room to write.
    pub writable: usize,
    /// A descriptor of its, which reads the secret.
    pub its_descriptor: i32,
    /// The port of a TCP listener on 127.0.0.1.
    pub tcp: u16,
    /// The port of one who echoes datagrams on 127.0.0.1.
    pub udp: u16,
    /// ipcd's public socket.
    pub ipc_socket: String,
    /// schedulerd's socket.
    pub lease_socket: String,
    /// ipcd's socket for schedulerd.
    pub registry_socket: String,
    /// ipcd's socket for what functions write.
    pub telemetry_socket: String,
    /// A listener without a path.
    pub abstract_socket: String,
    /// One who takes datagrams, without a path.
    pub abstract_datagrams: String,
    /// A System V memory segment with a secret.
    pub segment: i32,
    /// A System V semaphore.
    pub semaphore: i32,
    /// A System V queue.
    pub queue: i32,
    /// The name of a POSIX queue, and of the key.
    pub name: String,
    /// A key with a secret.
    pub key: i32,
    /// Descriptors that whoever starts the zygote has failed to close: the secret, opened;
    pub leaked_file: i32,
    /// the folder;
    pub leaked_folder: i32,
    /// one end of a socket pair;
    pub leaked_socket: i32,
    /// the sleeping process.
    pub leaked_process: i32,
    /// A terminal that the worker has as a descriptor.
    pub terminal: i32,
    /// What [`crate::probe`] is to call.
    pub probe: crate::probe::Probe,
}

/// A path or a name for the kernel.
pub(crate) fn text(path: &str) -> io::Result<CString> {
    if path.is_empty() {
        return nothing("no such canary");
    }
    CString::new(path).map_err(Error::other)
}

/// Whether what was read is a secret.
pub(crate) fn secret(bytes: &[u8]) -> Outcome {
    let read = String::from_utf8_lossy(bytes);
    match read.find(SECRET) {
        Some(at) => Ok(read[at..].chars().take(SECRET.len()).collect()),
        None => nothing(&format!("{} bytes without a secret", bytes.len())),
    }
}
