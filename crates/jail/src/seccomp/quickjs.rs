//! What a QuickJS worker does once it is ready: its stream, its memory, the time, and its end.

use nix::libc;

use super::policy::{Argument, Call};

const fn call(
    name: &'static str,
    number: libc::c_long,
    arguments: &'static [Argument],
    reason: &'static str,
) -> Call {
    Call { name, number, arguments, reason }
}

const EXEC: u32 = libc::PROT_EXEC.cast_unsigned();
const MEMORY: u32 = (libc::MAP_ANONYMOUS | libc::MAP_PRIVATE).cast_unsigned();
const SENT: u32 = (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL).cast_unsigned();

/// Never executable memory, never a file in memory.
const NOT_EXECUTABLE: Argument = Argument::Bits { index: 2, of: EXEC, set: 0 };
const NO_FILE: Argument = Argument::Bits { index: 3, of: MEMORY, set: MEMORY };

const F_GETFD: u32 = libc::F_GETFD.cast_unsigned();

/// All that there is.
pub(super) const CALLS: &[Call] = &[
    // The stream, the bundle, the last words.
    call("read", libc::SYS_read, &[], "messages; the bundle, its source map, its bytecode"),
    call("write", libc::SYS_write, &[], "standard error; bytecode, from a compiler"),
    call("sendto", libc::SYS_sendto, &[Argument::Is(3, SENT), Argument::Is(5, 0)], "messages"),
    call("ppoll", libc::SYS_ppoll, &[], "sleeping until a message or a timer"),
    call("close", libc::SYS_close, &[], "the bundle, once it has been read"),
    call(
        "statx",
        libc::SYS_statx,
        &[Argument::Bits { index: 2, of: EMPTY, set: EMPTY }],
        "how large the bundle is",
    ),
    call(
        "fcntl",
        libc::SYS_fcntl,
        &[Argument::Is(1, F_GETFD)],
        "a check of the standard library before it closes",
    ),
    call("lseek", libc::SYS_lseek, &[], "how much of the bundle is left"),
    call("pread64", libc::SYS_pread64, &[], "the bundle, which its other workers read too"),
    // Memory.
    call("brk", libc::SYS_brk, &[], "malloc"),
    call("mmap", libc::SYS_mmap, &[NOT_EXECUTABLE, NO_FILE], "malloc, of large blocks"),
    call("mremap", libc::SYS_mremap, &[], "realloc, of large blocks"),
    call("munmap", libc::SYS_munmap, &[], "free, of large blocks"),
    call("mprotect", libc::SYS_mprotect, &[NOT_EXECUTABLE], "malloc, where brk is at its end"),
    call("madvise", libc::SYS_madvise, &[], "free, in heaps beside the main one"),
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
    // Ends.
    call("gettid", libc::SYS_gettid, &[], "a panic, which says whose it is"),
    call("sigaltstack", libc::SYS_sigaltstack, &[], "the end of the standard library's runtime"),
    call("rt_sigreturn", libc::SYS_rt_sigreturn, &[], "the return from a signal's handler"),
    call("restart_syscall", libc::SYS_restart_syscall, &[], "a sleep that was stopped and goes on"),
    call("exit_group", libc::SYS_exit_group, &[], "the end"),
];

/// Only of what is open: with a path, others' files could be looked at.
const EMPTY: u32 = libc::AT_EMPTY_PATH.cast_unsigned();
