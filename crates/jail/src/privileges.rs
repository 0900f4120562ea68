//! No way up, and no way in: PR_SET_NO_NEW_PRIVS and PR_SET_DUMPABLE, see prctl(2).

use nix::sys::prctl;

/// Gives up gaining privileges by executing something, for this process and all its descendants, and being
/// traced or read through /proc by others of the same uid.
///
/// An exec sets "dumpable" anew, so the worker itself repeats that part at its start.
pub(crate) fn renounce() -> std::io::Result<()> {
    prctl::set_no_new_privs()?;
    prctl::set_dumpable(false)?;
    Ok(())
}
