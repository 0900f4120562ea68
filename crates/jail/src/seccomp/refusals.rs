//! A call that is refused is a signal; its handler says which call it was, and ends the process.

use std::io::Result;

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use crate::decimal;

/// The exit status of who has made another call: what a shell shows of a process that the signal has ended.
pub const REFUSED: i32 = 128 + libc::SIGSYS;

/// From now on a refused call is named on standard error. To be called before there are forks: they have no call for it.
///
/// # Errors
/// Never: the signal can be handled.
pub fn report_refusals() -> Result<()> {
    let handler = SigHandler::SigAction(refused);
    let action = SigAction::new(handler, SaFlags::SA_SIGINFO, SigSet::empty());
    // SAFETY: the handler makes two system calls and touches nothing but its own stack.
    unsafe { sigaction(Signal::SIGSYS, &action) }?;
    Ok(())
}

extern "C" fn refused(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the kernel has filled it in for this signal.
    let number = unsafe { (*info).si_syscall() };
    let mut text = *b"bunbase-jail: system call ...... refused\n";
    decimal(number.unsigned_abs().into(), &mut text[26..32]);
    // SAFETY: it reads the text, which is here.
    unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len()) };
    // SAFETY: it does not return.
    unsafe { libc::_exit(REFUSED) };
}
