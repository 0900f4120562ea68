//! The zygote that workers are forked from, kept running.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use bunbase_jail::zygote::{Zygote, ZygoteError};
use bunbase_jail::{Cage, Surroundings};
use rustix::process::Pid;

/// Forks of one zygote have the same addresses: after this long there is a new one.
const OLDEST: Duration = Duration::from_secs(3600);

/// A zygote that has been started.
#[derive(Debug)]
pub struct Running {
    zygote: Zygote,
    since: Instant,
}

impl Running {
    /// Starts one, whose workers write to `stderr`, or to where this process does.
    ///
    /// # Errors
    /// When its process can't be started.
    pub fn start(
        program: &Path,
        around: Surroundings,
        stderr: Option<&OwnedFd>,
    ) -> io::Result<Self> {
        let (zygote, mut command) = Zygote::command(program, around)?;
        if let Some(stderr) = stderr {
            command.stderr(stderr.try_clone()?);
        }
        let child = command.spawn()?;
        tracing::debug!(event = "zygote_started", pid = child.id(), "zygote started");
        Ok(Self { zygote, since: Instant::now() })
    }

    /// Has a worker forked; returns its number.
    ///
    /// # Errors
    /// When the zygote doesn't do it. It is not to be asked again.
    pub fn fork(
        &self,
        cage: &Cage,
        descriptors: &[(BorrowedFd<'_>, i32)],
    ) -> Result<Pid, ZygoteError> {
        let pid = self.zygote.fork(cage, descriptors)?;
        Pid::from_raw(pid.as_raw()).ok_or(ZygoteError::Gone)
    }

    /// Whether it should be replaced.
    pub fn is_old(&self) -> bool {
        self.since.elapsed() > OLDEST
    }
}
