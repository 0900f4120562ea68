//! The zygote that workers are forked from, kept running.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use bunbase_jail::zygote::{PATIENCE, Zygote, ZygoteError};
use bunbase_jail::{Cage, Surroundings};
use nix::errno::Errno;
use rustix::process::Pid;
use tokio::time::timeout;
use tokio_seqpacket::UnixSeqpacket;

/// Forks of one zygote have the same addresses: after this long there is a new one.
const OLDEST: Duration = Duration::from_secs(3600);

/// An answer is a few words.
const LONGEST: usize = 256;

/// A zygote that has been started.
#[derive(Debug)]
pub struct Running {
    zygote: Zygote,
    answers: UnixSeqpacket,
    since: Instant,
}

impl Running {
    /// Starts one, whose workers write to `stderr`, or to where this process does. To be called inside of a runtime.
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
        rustix::io::ioctl_fionbio(&zygote, true)?;
        let answers = UnixSeqpacket::try_from(zygote.as_fd().try_clone_to_owned()?)?;
        Ok(Self { zygote, answers, since: Instant::now() })
    }

    /// Has a worker forked; returns its number. One at a time: answers come in the order of the questions.
    ///
    /// # Errors
    /// When the zygote doesn't do it. It is not to be asked again.
    pub async fn fork(
        &self,
        cage: &Cage,
        descriptors: &[(BorrowedFd<'_>, i32)],
    ) -> Result<Pid, ZygoteError> {
        self.zygote.ask(cage, descriptors)?;
        let answer = timeout(PATIENCE, self.answer()).await;
        let pid = answer.map_err(|_| ZygoteError::Socket(Errno::ETIMEDOUT))??;
        Pid::from_raw(pid.as_raw()).ok_or(ZygoteError::Gone)
    }

    async fn answer(&self) -> Result<nix::unistd::Pid, ZygoteError> {
        let mut packet = [0; LONGEST];
        let received = self.answers.recv(&mut packet).await.map_err(unreceived)?;
        Zygote::read(&packet[..received.bytes_read()])
    }

    /// Whether it should be replaced.
    pub fn is_old(&self) -> bool {
        self.since.elapsed() > OLDEST
    }
}

fn unreceived(error: io::Error) -> ZygoteError {
    ZygoteError::Socket(Errno::from_raw(error.raw_os_error().unwrap_or_default()))
}
