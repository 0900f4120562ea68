//! More of the machine than was given.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts, nothing};
use crate::call::{done, number};
use crate::targets::text;

attempts! { "resources":
    Other {
        raise_open_files, raise_processes, raise_address_space, take_memory, take_break, take_descriptors, lock_memory, lock_all_memory,
        large_file, large_memory_file, precedence, real_time, io_precedence, interval_timer, core_dump,
    }
}

/// Above what is the upper bound now.
fn raise(resource: u32) -> Outcome {
    let mut limit = [0_u64; 2];
    call!(SYS_prlimit64, 0, resource, 0, limit.as_mut_ptr())?;
    let bound = if limit[1] == u64::MAX {
        limit = [1 << 40, 1 << 40];
        call!(SYS_prlimit64, 0, resource, limit.as_ptr(), 0)?;
        u64::MAX
    } else {
        limit[1] + 1
    };
    let raised = [limit[0], bound];
    done(call!(SYS_prlimit64, 0, resource, raised.as_ptr(), 0))
}

fn raise_open_files(_: &Targets) -> Outcome {
    raise(libc::RLIMIT_NOFILE)
}

fn raise_processes(_: &Targets) -> Outcome {
    raise(libc::RLIMIT_NPROC)
}

fn raise_address_space(_: &Targets) -> Outcome {
    raise(libc::RLIMIT_AS)
}

fn take_memory(_: &Targets) -> Outcome {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    done(call!(SYS_mmap, 0, 4_usize << 30, libc::PROT_READ | libc::PROT_WRITE, flags, -1_i32, 0))
}

/// It returns where the end is, whether it has moved or not.
fn take_break(_: &Targets) -> Outcome {
    let end = call!(SYS_brk, 0)?;
    let wanted = end + (1 << 30);
    if call!(SYS_brk, wanted)? == wanted { Ok("a GiB".to_owned()) } else { nothing("no more") }
}

fn take_descriptors(_: &Targets) -> Outcome {
    for _ in 0..300 {
        call!(SYS_dup, 0)?;
    }
    Ok("300 more".to_owned())
}

const LARGE: usize = 32 << 20;

fn lock_memory(_: &Targets) -> Outcome {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let at = call!(SYS_mmap, 0, LARGE, libc::PROT_READ | libc::PROT_WRITE, flags, -1_i32, 0)?;
    done(call!(SYS_mlock, at, LARGE))
}

fn lock_all_memory(_: &Targets) -> Outcome {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    call!(SYS_mmap, 0, LARGE, libc::PROT_READ | libc::PROT_WRITE, flags, -1_i32, 0)?;
    done(call!(SYS_mlockall, libc::MCL_CURRENT))
}

fn large_file(t: &Targets) -> Outcome {
    let path = format!("{}/large", t.room);
    let fd = crate::call::open_at(libc::AT_FDCWD, &path, libc::O_WRONLY | libc::O_CREAT)?;
    let grown = call!(SYS_ftruncate, fd, 1 << 30);
    let path = text(&path)?;
    call!(SYS_unlinkat, libc::AT_FDCWD, path.as_ptr(), 0)?;
    done(grown)
}

fn large_memory_file(_: &Targets) -> Outcome {
    let fd = number(call!(SYS_memfd_create, c"x".as_ptr(), 0)?);
    done(call!(SYS_ftruncate, fd, 1 << 30))
}

fn precedence(_: &Targets) -> Outcome {
    done(call!(SYS_setpriority, libc::PRIO_PROCESS, 0, -5_i32))
}

fn real_time(_: &Targets) -> Outcome {
    let priority = [1_i32];
    done(call!(SYS_sched_setscheduler, 0, libc::SCHED_FIFO, priority.as_ptr()))
}

fn io_precedence(_: &Targets) -> Outcome {
    let (process, real_time) = (1, 1 << 13);
    done(call!(SYS_ioprio_set, process, 0, real_time))
}

fn interval_timer(_: &Targets) -> Outcome {
    let far = [0_i64, 0, 1000, 0];
    done(call!(SYS_setitimer, libc::ITIMER_REAL, far.as_ptr(), 0))
}

/// All of its memory, with its function's secrets, in a file: the limit can be raised to what it was.
fn core_dump(_: &Targets) -> Outcome {
    let mut limit = [0_u64; 2];
    call!(SYS_prlimit64, 0, libc::RLIMIT_CORE, 0, limit.as_mut_ptr())?;
    if limit[1] == 0 { nothing("no core dump") } else { Ok("a core dump".to_owned()) }
}
