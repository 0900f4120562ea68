//! A worker's process: executed by this one, or forked by a zygote, which makes it a child of this one too.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// A worker's process.
pub enum Process {
    /// Executed.
    Executed(Child),
    /// Forked by a zygote.
    Forked(Pid),
}

impl Process {
    /// Its number.
    pub fn id(&self) -> i32 {
        match self {
            Self::Executed(child) => child.id().cast_signed(),
            Self::Forked(pid) => pid.as_raw(),
        }
    }

    /// How it has ended, if it has.
    pub fn try_wait(&mut self) -> Option<ExitStatus> {
        match self {
            Self::Executed(child) => child.try_wait().expect("a child"),
            Self::Forked(pid) => ended(waitpid(*pid, Some(WaitPidFlag::WNOHANG)).expect("a child")),
        }
    }

    /// Kills it and waits for its end.
    pub fn end(&mut self) {
        // One that has exited already can't be killed, and needn't be.
        match self {
            Self::Executed(child) => {
                let _ = child.kill();
                let _ = child.wait();
            }
            Self::Forked(pid) => {
                let _ = kill(*pid, Signal::SIGKILL);
                let _ = waitpid(*pid, None);
            }
        }
    }
}

fn ended(status: WaitStatus) -> Option<ExitStatus> {
    match status {
        WaitStatus::Exited(_, code) => Some(ExitStatus::from_raw(code << 8)),
        WaitStatus::Signaled(_, signal, _) => Some(ExitStatus::from_raw(signal as i32)),
        _ => None,
    }
}
