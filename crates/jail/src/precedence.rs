//! Who goes first when there is more to compute than there are CPUs, see sched(7).

use std::io::{Error, Result};

use nix::libc;

/// Puts the calling process behind all others. It can't come back: its limits say so.
pub(crate) fn step_back() -> Result<()> {
    let param = libc::sched_param { sched_priority: 0 };
    // SAFETY: the kernel reads the struct, which is here.
    let result = unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const param) };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}
