//! What a process can't gain any more, see prctl(2).

use std::io::{Error, Result};

use bunbase_manifest::Runtime;
use nix::libc;
use nix::sys::prctl;

/// From here on nothing that is executed gains privileges, nobody of the same user may trace the process, and, but for a
/// runtime that compiles, no memory becomes code.
pub(crate) fn give_up(runtime: Runtime) -> Result<()> {
    prctl::set_no_new_privs()?;
    prctl::set_dumpable(false)?;
    match runtime {
        Runtime::Quickjs => keep_memory_from_becoming_code(),
        Runtime::Bun => Ok(()),
    }
}

/// Linux 6.3 has this. Before, only the filter of system calls does it.
fn keep_memory_from_becoming_code() -> Result<()> {
    let refuse = libc::c_ulong::from(libc::PR_MDWE_REFUSE_EXEC_GAIN);
    // SAFETY: one system call with numbers only.
    if unsafe { libc::prctl(libc::PR_SET_MDWE, refuse, 0, 0, 0) } == 0 {
        return Ok(());
    }
    match Error::last_os_error() {
        unknown if unknown.raw_os_error() == Some(libc::EINVAL) => Ok(()),
        refused => Err(refused),
    }
}
