//! What Bun does, from its exec to its end: it is native code with a compiler in it, so each entry is for an attacker, too.
//!
//! # Layout
//! - [`files`]: what it does besides when it was granted some; [`answered`]: what it is told does not work

pub(super) mod answered;
pub(super) mod files;

use nix::libc;

use super::policy::{Argument, Call, call};

const fn is(index: u8, value: libc::c_int) -> Argument {
    Argument::Is(index, value.cast_unsigned())
}

/// What pthread_create asks for: a thread of this process. Without any of it, that would be another process.
const THREAD: libc::c_int = libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_THREAD
    | libc::CLONE_SYSVSEM
    | libc::CLONE_SETTLS
    | libc::CLONE_PARENT_SETTID
    | libc::CLONE_CHILD_CLEARTID;

const WRITES: libc::c_int = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC;
const READ_ONLY: Argument = Argument::Bits { index: 2, of: WRITES.cast_unsigned(), set: 0 };

const SHARING: libc::c_int = libc::MAP_PRIVATE | libc::MAP_SHARED;
const PRIVATE: Argument = Argument::Bits {
    index: 3,
    of: SHARING.cast_unsigned(),
    set: libc::MAP_PRIVATE.cast_unsigned(),
};

const EMPTY: u32 = libc::AT_EMPTY_PATH.cast_unsigned();
const EMPTY_PATH: Argument = Argument::Bits { index: 4, of: EMPTY, set: EMPTY };

/// Of asm/prctl.h; libc has not got it.
#[cfg(target_arch = "x86_64")]
const ARCH_SET_FS: libc::c_int = 0x1002;

/// Where the program is when it is executed; closed by that.
pub(super) const PROGRAM: libc::c_int = crate::descriptors::PROGRAM;

/// What every Bun may call.
pub(super) const CALLS: &[Call] = &[
    // Its start.
    call(
        "execveat",
        libc::SYS_execveat,
        &[is(0, PROGRAM), EMPTY_PATH, Argument::Ticket(5)],
        "the one exec that starts it; what is executed by it does not know the ticket",
    ),
    #[cfg(target_arch = "x86_64")]
    call("arch_prctl", libc::SYS_arch_prctl, &[is(0, ARCH_SET_FS)], "the first thread's own data"),
    call("set_tid_address", libc::SYS_set_tid_address, &[], "the first thread's end"),
    call("brk", libc::SYS_brk, &[], "the loader's memory"),
    call("openat", libc::SYS_openat, &[READ_ONLY], "libraries, the host script, its own maps"),
    call("newfstatat", libc::SYS_newfstatat, &[], "whether a file is there"),
    call("fstat", libc::SYS_fstat, &[], "how large the bundle is"),
    call("pread64", libc::SYS_pread64, &[], "the loader, headers of libraries"),
    call("getdents64", libc::SYS_getdents64, &[], "the folder it is in, before a script is run"),
    call("getcwd", libc::SYS_getcwd, &[], "which folder that is"),
    call("close", libc::SYS_close, &[], "what it has read"),
    call(
        "prlimit64",
        libc::SYS_prlimit64,
        &[is(0, 0), Argument::Null(2)],
        "how large its stack is, how many files it may open",
    ),
    call("getpid", libc::SYS_getpid, &[], "whether this is the first thread"),
    // Its stream.
    call("read", libc::SYS_read, &[], "messages; the bundle"),
    call("recvfrom", libc::SYS_recvfrom, &[Argument::Null(4)], "messages, where there is one"),
    call("write", libc::SYS_write, &[], "messages; standard error; waking its own loop"),
    call("epoll_create1", libc::SYS_epoll_create1, &[], "its loop"),
    call("epoll_ctl", libc::SYS_epoll_ctl, &[], "its loop"),
    call("epoll_pwait", libc::SYS_epoll_pwait, &[], "its loop, sleeping"),
    call("eventfd2", libc::SYS_eventfd2, &[], "what other threads wake its loop by"),
    // Its memory.
    call(
        "mmap",
        libc::SYS_mmap,
        &[PRIVATE],
        "heaps, stacks, libraries; executable and writable at once for the JIT",
    ),
    call("munmap", libc::SYS_munmap, &[], "free"),
    call("mprotect", libc::SYS_mprotect, &[], "stacks' guard pages, the JIT"),
    call("madvise", libc::SYS_madvise, &[], "free, where the address space is kept"),
    // Its threads.
    call("clone", libc::SYS_clone, &[is(0, THREAD)], "threads of the compiler and the collector"),
    call("futex", libc::SYS_futex, &[], "locks"),
    call("gettid", libc::SYS_gettid, &[], "which thread holds a lock"),
    call("rt_sigaction", libc::SYS_rt_sigaction, &[], "how the collector stops other threads"),
    call("rt_sigprocmask", libc::SYS_rt_sigprocmask, &[], "pthread_create"),
    call("rt_sigreturn", libc::SYS_rt_sigreturn, &[], "the return from a signal's handler"),
    call("sigaltstack", libc::SYS_sigaltstack, &[], "where a crash is told from"),
    call("sched_yield", libc::SYS_sched_yield, &[], "a lock that is soon free"),
    call("exit", libc::SYS_exit, &[], "a thread's end"),
    call(
        "tgkill",
        libc::SYS_tgkill,
        &[is(2, libc::SIGPWR)],
        "stopping another thread of its own, to look at its stack",
    ),
    call(
        "rt_sigsuspend",
        libc::SYS_rt_sigsuspend,
        &[],
        "a thread that is stopped so, until it goes on",
    ),
    // Time, chance, and its end.
    call(
        "clock_gettime",
        libc::SYS_clock_gettime,
        &[],
        "CPU time; all times where the vDSO has none",
    ),
    call("clock_nanosleep", libc::SYS_clock_nanosleep, &[], "Bun.sleepSync"),
    call("getrusage", libc::SYS_getrusage, &[], "process.cpuUsage"),
    call("restart_syscall", libc::SYS_restart_syscall, &[], "a sleep that was stopped and goes on"),
    call("getrandom", libc::SYS_getrandom, &[], "crypto, hash seeds"),
    call("exit_group", libc::SYS_exit_group, &[], "the end"),
];

#[cfg(test)]
mod tests;
