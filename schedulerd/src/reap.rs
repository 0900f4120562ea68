//! The end of a worker's process: waited for once, told to the pool once.

use std::os::fd::OwnedFd;

use bunbase_wire::lease::WorkerId;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::process::Child;
use tokio::sync::mpsc;

use crate::shell::Happening;

/// A running worker's process.
#[derive(Debug)]
pub struct Process {
    pid: i32,
    /// Names the process even after its number has been given to another.
    handle: Option<OwnedFd>,
}

impl Process {
    /// Watches a child; its end will be told as [`Happening::Exited`].
    pub fn watch(worker: WorkerId, mut child: Child, happenings: mpsc::Sender<Happening>) -> Self {
        // It is not reaped yet, so the number is its own.
        let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let handle = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
        tokio::task::spawn_local(async move {
            let status = child.wait().await;
            let status = status.map_or_else(|e| e.to_string(), |status| status.to_string());
            // The receiver ends only with schedulerd itself.
            let _ = happenings.send(Happening::Exited { worker, status }).await;
        });
        Self { pid: pid.map_or(0, Pid::as_raw_pid), handle }
    }

    /// For logs.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Sends SIGKILL.
    pub fn kill(&self) {
        let Some(handle) = &self.handle else { return };
        if let Err(error) = pidfd_send_signal(handle, Signal::KILL) {
            tracing::debug!(pid = self.pid, %error, "already gone");
        }
    }
}
