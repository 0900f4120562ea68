//! A child that is the caller's sibling, see clone3(2).

use std::io::{Error, Result};

use nix::libc;
use nix::unistd::Pid;

/// Which of the two processes this is.
#[derive(Debug)]
pub(crate) enum Forked {
    /// The new one.
    Child,
    /// The one that called; the new one has this number.
    Caller(Pid),
}

/// Forks, and makes the caller's parent the parent of the new process, which then reaps it and can't take
/// its number for another's before it has. `alone`: the child sees no process but itself, which needs CAP_SYS_ADMIN.
/// To be called by processes with a single thread only.
pub(crate) fn fork_sibling(alone: bool) -> Result<Forked> {
    // SAFETY: all zeroes is what the kernel takes for "not asked for" in every field.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    let namespace = if alone { libc::CLONE_NEWPID } else { 0 };
    arguments.flags = u64::from((libc::CLONE_PARENT | namespace).cast_unsigned());
    // SAFETY: without CLONE_VM the child has a copy of everything, the stack among it; the caller has one
    // thread, so nobody else's lock is held in the copy.
    let result = unsafe {
        libc::syscall(libc::SYS_clone3, &raw mut arguments, size_of::<libc::clone_args>())
    };
    match result {
        0 => Ok(Forked::Child),
        pid if pid > 0 => Ok(Forked::Caller(Pid::from_raw(i32::try_from(pid).unwrap_or(i32::MAX)))),
        _ => Err(Error::last_os_error()),
    }
}
