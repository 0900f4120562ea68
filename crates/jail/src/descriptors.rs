//! Only what a worker needs stays open, see close_range(2).

use std::io::{Error, Result};
use std::os::fd::{AsFd, FromRawFd, IntoRawFd, OwnedFd};

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::unistd::dup2_raw;

/// The first descriptor that a worker does not have: 0, 1 the stream, 2 standard error, 3 the bundle, 4 its source map, 5 its bytecode.
pub(crate) const FIRST_FOREIGN: libc::c_uint = 6;

/// Where a program is that is about to be executed.
pub(crate) const PROGRAM: i32 = 6;

/// The first place of a file; the standard streams stay where nothing takes their place.
const FIRST_FILE: libc::c_uint = 3;

/// Beyond every place that a descriptor can have in a worker.
const ASIDE: i32 = 32;

/// Marks every other descriptor close-on-exec rather than closing it here: the standard library's own pipe,
/// on which it reports a failing exec, is among them.
pub(crate) fn close_others_at_exec() -> Result<()> {
    close_range(FIRST_FOREIGN, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC)
}

/// Moves each descriptor to its place. The standard streams stay where nothing takes their place.
///
/// For a process that has just been forked: no owner of what stood in a place may use it afterwards.
pub(crate) fn put(placed: Vec<(i32, OwnedFd)>) -> Result<()> {
    // First all of them go where none has its place.
    let aside: Result<Vec<_>> =
        placed.into_iter().map(|(place, fd)| Ok((place, set_aside(&fd)?))).collect();
    for (place, fd) in aside? {
        // SAFETY: what stands at the place is a standard stream, which is to be replaced, or nothing.
        let there = unsafe { dup2_raw(&fd, place) }?;
        // It stays open as long as the process lives; who needs it knows the place.
        let _ = there.into_raw_fd();
    }
    Ok(())
}

/// Closes all but the standard streams and these places: no owner of another may use it afterwards.
pub(crate) fn close_others(places: &[i32]) -> Result<()> {
    close_between(places)?;
    close_range(FIRST_FOREIGN, libc::c_uint::MAX, 0)
}

/// The same, and leaves what stands at [`PROGRAM`].
pub(crate) fn close_others_but_program(places: &[i32]) -> Result<()> {
    close_between(places)?;
    close_range(FIRST_FOREIGN + 1, libc::c_uint::MAX, 0)
}

/// What stands at [`PROGRAM`] is closed by its exec.
pub(crate) fn close_program_at_exec() -> Result<()> {
    close_range(FIRST_FOREIGN, FIRST_FOREIGN, libc::CLOSE_RANGE_CLOEXEC)
}

/// Closes what has no file among the places of files.
fn close_between(places: &[i32]) -> Result<()> {
    let is_free = |file: &libc::c_uint| !places.contains(&file.cast_signed());
    (FIRST_FILE..FIRST_FOREIGN).filter(is_free).try_for_each(|free| close_range(free, free, 0))
}

fn set_aside(fd: &OwnedFd) -> Result<OwnedFd> {
    let number = fcntl(fd.as_fd(), FcntlArg::F_DUPFD_CLOEXEC(ASIDE))?;
    // SAFETY: the kernel has just made it for this call.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

fn close_range(first: libc::c_uint, last: libc::c_uint, flags: libc::c_uint) -> Result<()> {
    // SAFETY: close_range takes plain numbers and touches no memory. With CLOEXEC nothing is closed that
    // another owner in this process still uses; without it, that is what callers see to.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}
