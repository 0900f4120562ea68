//! Which keys of the kernel's there are, see session-keyring(7).

use std::ptr::null;

use nix::libc;

/// Leaves the session's keyring, which processes have from who started them, for an empty one. A key in it could be read
/// whoever its reader has become.
///
/// Where it can't be left no key can be read either: the kernel has none, or does not let this process ask for any.
pub(super) fn leave() {
    // SAFETY: the call takes a number, and a name that may be left out.
    unsafe { libc::syscall(libc::SYS_keyctl, libc::KEYCTL_JOIN_SESSION_KEYRING, null::<u8>()) };
}
