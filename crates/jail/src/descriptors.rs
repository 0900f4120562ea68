//! Everything but standard input, output and error and the bundle is closed at exec, see close_range(2).

use nix::libc;

/// The first descriptor that a worker does not have: 0, 1 the stream, 2 standard error, 3 the bundle.
const FIRST_FOREIGN: libc::c_uint = 4;

/// Marks every other descriptor close-on-exec rather than closing it here: the standard library's own pipe,
/// on which it reports a failing exec, is among them.
pub(crate) fn close_others() -> std::io::Result<()> {
    // SAFETY: close_range takes plain numbers and touches no memory; with CLOEXEC nothing is closed that
    // another owner in this process still uses.
    let result = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            FIRST_FOREIGN,
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}
