//! Who goes first when there is more to compute than there are CPUs, see setpriority(2).

use std::io::{Error, Result};

use nix::libc;

/// The last place of all: a weight of 15 instead of 1024.
const BEHIND: libc::c_int = 19;

/// Puts the calling process behind all others. It can't come back: its limits say so.
pub(crate) fn step_back() -> Result<()> {
    // SAFETY: one system call with numbers only.
    let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, BEHIND) };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}
