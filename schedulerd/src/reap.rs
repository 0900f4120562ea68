//! The ends of our processes: each is waited for once, and told once. They have been executed, or forked by a zygote.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;

use bunbase_jail::EXHAUSTED;
use bunbase_jail::seccomp::REFUSED;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::shell::Happening;

/// Tells each end as [`Happening::Exited`], from now on. To be called inside of a runtime, before there is a child.
///
/// # Errors
/// When SIGCHLD can't be watched.
pub fn watch(happenings: mpsc::Sender<Happening>) -> io::Result<()> {
    let mut signals = signal(SignalKind::child())?;
    tokio::task::spawn_local(async move {
        while signals.recv().await.is_some() {
            while let Some((pid, end)) = reap() {
                // The receiver ends only with schedulerd itself.
                let _ = happenings.send(Happening::Exited { pid, end }).await;
            }
        }
    });
    Ok(())
}

/// Takes in a child that has ended: its number, and how.
fn reap() -> Option<(Pid, End)> {
    let any = nix::unistd::Pid::from_raw(-1);
    let (pid, end) = match waitpid(any, Some(WaitPidFlag::WNOHANG)).ok()? {
        WaitStatus::Exited(pid, code) => (pid, End::Status(code)),
        WaitStatus::Signaled(pid, signal, _) => (pid, End::Signal(signal)),
        _ => return None,
    };
    Some((Pid::from_raw(pid.as_raw())?, end))
}

/// How a process has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit status.
    Status(i32),
    /// By a signal.
    Signal(nix::sys::signal::Signal),
}

impl End {
    /// Whether the function went beyond its limits.
    pub fn is_excess(self) -> bool {
        self == Self::Status(EXHAUSTED)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Signal(signal) => write!(f, "signal: {signal}"),
            Self::Status(REFUSED) => write!(
                f,
                "exit status: {REFUSED}, it made a system call that is refused; standard error has its number"
            ),
            Self::Status(EXHAUSTED) => write!(f, "exit status: {EXHAUSTED}, it had passed a limit"),
            Self::Status(code) => write!(f, "exit status: {code}"),
        }
    }
}

/// A running worker's process.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    /// Names the process even after its number has been given to another.
    handle: Option<OwnedFd>,
}

impl Process {
    /// A child that has not been reaped yet.
    pub fn new(pid: Pid) -> Self {
        Self { pid, handle: pidfd_open(pid, PidfdFlags::empty()).ok() }
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Sends SIGKILL.
    pub fn kill(&self) {
        let Some(handle) = &self.handle else { return };
        if let Err(error) = pidfd_send_signal(handle, Signal::KILL) {
            tracing::debug!(pid = self.pid.as_raw_pid(), %error, "already gone");
        }
    }
}
