//! The zygote that workers are forked from, kept running.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use bunbase_jail::zygote::{Zygote, ZygoteError};

use crate::reap;

/// Forks of one zygote have the same addresses: after this long there is a new one.
const OLDEST: Duration = Duration::from_secs(3600);

/// A zygote that has been started.
#[derive(Debug)]
pub struct Running {
    zygote: Zygote,
    since: Instant,
}

impl Running {
    /// Starts one. To be called inside of a runtime.
    ///
    /// # Errors
    /// When its process can't be started.
    pub fn start(program: &Path) -> io::Result<Self> {
        let (zygote, mut command) = Zygote::command(program)?;
        let child = command.spawn()?;
        tracing::debug!(event = "zygote_started", pid = child.id(), "zygote started");
        reap::discard(&child)?;
        Ok(Self { zygote, since: Instant::now() })
    }

    /// Whether it should be replaced.
    pub fn is_old(&self) -> bool {
        self.since.elapsed() > OLDEST
    }
}
