//! What a QuickJS worker does once it is ready: its stream, its memory, the time, and its end.

use nix::libc;

use super::policy::{Argument, Call, call};
use crate::descriptors::FIRST_FOREIGN;

const EXEC: u32 = libc::PROT_EXEC.cast_unsigned();
const MEMORY: u32 = (libc::MAP_ANONYMOUS | libc::MAP_PRIVATE).cast_unsigned();
const SENT: u32 = (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL).cast_unsigned();

/// Never executable memory, never a file in memory.
const NOT_EXECUTABLE: Argument = Argument::Bits { index: 2, of: EXEC, set: 0 };
const NO_FILE: Argument = Argument::Bits { index: 3, of: MEMORY, set: MEMORY };

/// Only of what a worker has: one that was not closed in time is of no use to it.
const OWN: Argument = Argument::Below(0, FIRST_FOREIGN);

const F_GETFD: u32 = libc::F_GETFD.cast_unsigned();

/// All that there is.
pub(super) const CALLS: &[Call] = &[
    // The stream, the bundle, the last words.
    call("read", libc::SYS_read, &[OWN], "messages; the bundle, its source map, its bytecode"),
    call("write", libc::SYS_write, &[OWN], "standard error; bytecode, from a compiler"),
    call("sendto", libc::SYS_sendto, &[OWN, Argument::Is(3, SENT), Argument::Is(5, 0)], "messages"),
    call("ppoll", libc::SYS_ppoll, &[], "sleeping until a message or a timer"),
    call("close", libc::SYS_close, &[OWN], "the bundle, once it has been read"),
    call(
        "fcntl",
        libc::SYS_fcntl,
        &[OWN, Argument::Is(1, F_GETFD)],
        "a check of the standard library before it closes",
    ),
    call("pread64", libc::SYS_pread64, &[OWN], "the bundle, which its other workers read too"),
    // Memory. What has one thread has one heap: malloc protects and advises nothing.
    call("brk", libc::SYS_brk, &[], "malloc"),
    call("mmap", libc::SYS_mmap, &[NOT_EXECUTABLE, NO_FILE], "malloc, of large blocks"),
    call("mremap", libc::SYS_mremap, &[], "realloc, of large blocks"),
    call("munmap", libc::SYS_munmap, &[], "free, of large blocks"),
    // Time and chance.
    call(
        "clock_gettime",
        libc::SYS_clock_gettime,
        &[],
        "CPU time; all times where the vDSO has none",
    ),
    call(
        "setitimer",
        libc::SYS_setitimer,
        &[Argument::Is(0, libc::ITIMER_PROF.cast_unsigned())],
        "the timer of its CPU time",
    ),
    call("getrandom", libc::SYS_getrandom, &[], "crypto, Math.random"),
    call("rt_sigreturn", libc::SYS_rt_sigreturn, &[], "the return from that timer's handler"),
    // Ends.
    call("sigaltstack", libc::SYS_sigaltstack, &[], "the end of the standard library's runtime"),
    call("exit_group", libc::SYS_exit_group, &[], "the end"),
];
