//! Processes: new ones, and the settings of others.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts};
use crate::call::{done, number};

attempts! { "processes":
    Process {
        look_for_process, session_of_process, priority_of_process, scheduling_of_process, scheduling_attributes, processors_of_process,
        limits_of_process, io_priority_of_process, memory_of_process, pages_of_process, group_of_process,
    }
    Other { fork_by_clone, fork_by_clone3, start_thread }
}

/// In the parent it is one; in the child it is the end.
pub(crate) fn parent_of(child: usize) -> Outcome {
    if child == 0 {
        let _ = call!(SYS_exit_group, 0);
    }
    call!(SYS_wait4, child, 0, 0, 0)?;
    Ok("a process of its own".to_owned())
}

fn fork_by_clone(_: &Targets) -> Outcome {
    parent_of(call!(SYS_clone, libc::SIGCHLD, 0, 0, 0, 0)?)
}

fn fork_by_clone3(_: &Targets) -> Outcome {
    let mut arguments = [0_u64; 11];
    arguments[4] = u64::from(libc::SIGCHLD.cast_unsigned());
    parent_of(call!(SYS_clone3, arguments.as_ptr(), size_of_val(&arguments))?)
}

fn start_thread(_: &Targets) -> Outcome {
    let thread = std::thread::Builder::new().spawn(|| ())?;
    thread
        .join()
        .map_or_else(|_| crate::attempt::nothing("it failed"), |()| Ok("a thread".to_owned()))
}

fn look_for_process(t: &Targets) -> Outcome {
    done(call!(SYS_pidfd_open, t.process, 0))
}

fn session_of_process(t: &Targets) -> Outcome {
    done(call!(SYS_getsid, t.process))
}

fn group_of_process(t: &Targets) -> Outcome {
    done(call!(SYS_getpgid, t.process))
}

fn priority_of_process(t: &Targets) -> Outcome {
    done(call!(SYS_setpriority, libc::PRIO_PROCESS, t.process, 1))
}

fn scheduling_of_process(t: &Targets) -> Outcome {
    let priority = [0_i32];
    done(call!(SYS_sched_setscheduler, t.process, libc::SCHED_BATCH, priority.as_ptr()))
}

/// `sched_attr` of the first version: as it is by default.
fn scheduling_attributes(t: &Targets) -> Outcome {
    let mut attributes = [0_u32; 12];
    attributes[0] = 48;
    attributes[4] = 1;
    done(call!(SYS_sched_setattr, t.process, attributes.as_ptr(), 0))
}

fn processors_of_process(t: &Targets) -> Outcome {
    let all = [u64::MAX; 16];
    done(call!(SYS_sched_setaffinity, t.process, size_of_val(&all), all.as_ptr()))
}

fn limits_of_process(t: &Targets) -> Outcome {
    let none = [0_u64, 0];
    done(call!(SYS_prlimit64, t.process, libc::RLIMIT_CORE, none.as_ptr(), 0))
}

fn io_priority_of_process(t: &Targets) -> Outcome {
    let (process, best_effort) = (1, 2 << 13 | 7);
    done(call!(SYS_ioprio_set, process, t.process, best_effort))
}

/// Its pages go where memory is scarce; they come back when they are used.
fn memory_of_process(t: &Targets) -> Outcome {
    let fd = number(call!(SYS_pidfd_open, t.process, 0)?);
    let part = [0_usize, 0];
    done(call!(SYS_process_madvise, fd, part.as_ptr(), 0, libc::MADV_COLD, 0))
}

fn pages_of_process(t: &Targets) -> Outcome {
    done(call!(SYS_move_pages, t.process, 0, 0, 0, 0, 0))
}
