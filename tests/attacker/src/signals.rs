//! Signals to others. All are SIGURG, which nobody minds.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts, nothing};
use crate::call::{done, number};

attempts! { "signals":
    Process {
        kill_process, kill_tester, kill_everybody, kill_group, kill_thread, kill_thread_of_group, queue_signal, queue_signal_to_thread,
        kill_by_descriptor, kill_by_leaked_descriptor, be_told_for_another,
    }
}

const SIGNAL: i32 = libc::SIGURG;

fn kill_process(t: &Targets) -> Outcome {
    done(call!(SYS_kill, t.process, SIGNAL))
}

fn kill_tester(t: &Targets) -> Outcome {
    done(call!(SYS_kill, t.tester, SIGNAL))
}

/// Signal 0 is none: whether it could be sent.
fn kill_everybody(_: &Targets) -> Outcome {
    done(call!(SYS_kill, -1_i32, 0))
}

fn kill_group(t: &Targets) -> Outcome {
    done(call!(SYS_kill, -t.process, SIGNAL))
}

fn kill_thread(t: &Targets) -> Outcome {
    done(call!(SYS_tkill, t.process, SIGNAL))
}

fn kill_thread_of_group(t: &Targets) -> Outcome {
    done(call!(SYS_tgkill, t.process, t.process, SIGNAL))
}

/// `siginfo_t` that says it was queued.
fn information() -> [i32; 32] {
    let mut information = [0; 32];
    information[0] = SIGNAL;
    information[2] = libc::SI_QUEUE;
    information
}

fn queue_signal(t: &Targets) -> Outcome {
    let information = information();
    done(call!(SYS_rt_sigqueueinfo, t.process, SIGNAL, information.as_ptr()))
}

fn queue_signal_to_thread(t: &Targets) -> Outcome {
    let information = information();
    done(call!(SYS_rt_tgsigqueueinfo, t.process, t.process, SIGNAL, information.as_ptr()))
}

fn kill_by_descriptor(t: &Targets) -> Outcome {
    let fd = number(call!(SYS_pidfd_open, t.process, 0)?);
    done(call!(SYS_pidfd_send_signal, fd, SIGNAL, 0, 0))
}

fn kill_by_leaked_descriptor(t: &Targets) -> Outcome {
    done(call!(SYS_pidfd_send_signal, t.leaked_process, SIGNAL, 0, 0))
}

/// The kernel would send the signal when something is to be read on the stream.
fn be_told_for_another(t: &Targets) -> Outcome {
    call!(SYS_fcntl, 0, libc::F_SETOWN, t.process)?;
    match call!(SYS_fcntl, 0, libc::F_GETOWN)? {
        0 => nothing("nobody is told"),
        owner => Ok(format!("{owner} is told")),
    }
}
