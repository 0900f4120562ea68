//! Starting a program inside of a cage.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use command_fds::{CommandFdExt, FdMapping, FdMappingCollision};
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::sys::stat::{Mode, umask};

use crate::Cage;

/// Where a worker finds its bundle, its source map and its bytecode.
const BUNDLE_FD: i32 = 3;
const SOURCE_MAP_FD: i32 = 4;
const BYTECODE_FD: i32 = 5;

/// The open files that a worker is given.
#[derive(Debug)]
pub struct Files {
    /// The function's code.
    pub bundle: OwnedFd,
    /// From places in the bundle to those in the user's files.
    pub source_map: Option<OwnedFd>,
    /// The code, compiled; or, for who compiles, where that goes.
    pub bytecode: Option<OwnedFd>,
}

impl Files {
    /// Each with the number that it has in the worker.
    pub fn places(&self) -> impl Iterator<Item = (BorrowedFd<'_>, i32)> {
        let map = self.source_map.as_ref().map(|map| (map.as_fd(), SOURCE_MAP_FD));
        let bytecode = self.bytecode.as_ref().map(|code| (code.as_fd(), BYTECODE_FD));
        [(self.bundle.as_fd(), BUNDLE_FD)].into_iter().chain(map).chain(bytecode)
    }

    fn mappings(&self) -> std::io::Result<Vec<FdMapping>> {
        let mapping = |(file, child_fd): (BorrowedFd<'_>, i32)| {
            Ok(FdMapping { parent_fd: file.try_clone_to_owned()?, child_fd })
        };
        self.places().map(mapping).collect()
    }
}

/// A worker that could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The stream could not be doubled for standard input and output.
    #[error("cannot hand the stream to the worker")]
    Stream(#[source] std::io::Error),
    /// A file could not be doubled.
    #[error("cannot hand the bundle to the worker")]
    File(#[source] std::io::Error),
    /// Two descriptors for one place.
    #[error("cannot hand the bundle to the worker")]
    Bundle(#[source] FdMappingCollision),
}

/// A command that will run `program` inside of `cage`, with `stream` as standard input and output and
/// `files` in their places, an empty environment, `/` as its directory, a process group of its own.
///
/// # Errors
/// When the descriptors can't be arranged. Starting the command fails if a layer can't be put on; which one,
/// standard error says.
pub fn worker(
    cage: &Cage,
    program: &Path,
    stream: OwnedFd,
    files: &Files,
) -> Result<Command, CommandError> {
    let mut command = Command::new(program);
    command.stdin(Stdio::from(stream.try_clone().map_err(CommandError::Stream)?));
    command.stdout(Stdio::from(stream));
    let mappings = files.mappings().map_err(CommandError::File)?;
    command.fd_mappings(mappings).map_err(CommandError::Bundle)?;
    prepare(&mut command, cage.clone());
    Ok(command)
}

/// Gives a command what all have that run inside of a cage, and the cage.
pub(crate) fn prepare(command: &mut Command, cage: Cage) {
    command.env_clear().current_dir("/").process_group(0);
    let confine = move || {
        umask(Mode::from_bits_truncate(0o077));
        cage.confine()
    };
    // SAFETY: the closure runs in the child after fork. It makes system calls and takes a little memory;
    // callers are single-threaded daemons, so no other thread can have held the allocator's lock at fork.
    unsafe { command.pre_exec(confine) };
}

/// Makes the kernel send `signal` to the command's process when the thread that starts it ends, even by
/// SIGKILL. For processes that we supervise, never for workers: those outlive schedulerd.
pub fn die_with_parent(command: &mut Command, signal: Signal) {
    // SAFETY: the closure runs in the child after fork and makes one system call.
    unsafe { command.pre_exec(move || Ok(prctl::set_pdeathsig(signal)?)) };
}
