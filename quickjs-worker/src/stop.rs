//! Every way in which a worker ends.

use std::time::{Duration, Instant};

use bunbase_wire::worker::{DecodeError, Failure, FailureCode};

use bunbase_jail::EXHAUSTED;
use bunbase_jail::zygote::ServeError;

use crate::shared::Shared;

/// How long the last words may take, if the host is slow to read them.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Why the worker ends.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Nothing is left to do, and nothing more will come.
    #[error("finished")]
    Finished,
    /// Nobody reads the answers any more.
    #[error("the host has gone")]
    HostGone,
    /// Code ran past its deadline and was interrupted; what it left behind is not to be trusted.
    #[error("interrupted")]
    Interrupted,
    /// Code that nobody waits for had no memory; what has filled it may still be there.
    #[error("out of memory, behind all answers")]
    OutOfMemory,
    /// The bundle could not be loaded.
    #[error("load failed: {}", .0.message)]
    LoadFailed(Failure),
    /// The zygote's socket failed, or the worker could not be confined.
    #[error(transparent)]
    Zygote(ServeError),
    /// The host's bytes are no messages.
    #[error("{0}")]
    Undecodable(#[from] DecodeError),
    /// The host's messages make no sense in this order.
    #[error("{0}")]
    OutOfOrder(&'static str),
    /// The engine could not be set up.
    #[error("the engine could not be set up: {0}")]
    Engine(#[from] rquickjs::Error),
    /// CPU time can't be watched.
    #[error("the timer could not be set: {0}")]
    Timer(#[source] std::io::Error),
    /// The stream failed otherwise than by being closed.
    #[error("the stream failed: {0}")]
    Stream(#[source] std::io::Error),
}

impl Stop {
    /// Tells the host, if it must know, and says with which code to exit.
    pub fn announce(self, shared: &Shared) -> i32 {
        let code = self.exit_status();
        if self.host_listens() {
            self.last_words(shared).into_iter().for_each(|failure| shared.send_last(failure));
            shared.outbox().finish(Instant::now() + LAST_WORDS);
        }
        code
    }

    /// Who supervises knows by it that a limit was passed.
    fn exit_status(&self) -> i32 {
        match self {
            Self::Finished | Self::HostGone => 0,
            Self::Interrupted | Self::OutOfMemory => EXHAUSTED,
            Self::LoadFailed(failure) if failure.code != FailureCode::LoadFailed => EXHAUSTED,
            _ => 1,
        }
    }

    fn host_listens(&self) -> bool {
        !matches!(self, Self::HostGone | Self::Stream(_) | Self::Zygote(_))
    }

    fn last_words(self, shared: &Shared) -> Option<Failure> {
        let message = match &self {
            Self::Interrupted if shared.interruption() == FailureCode::CpuTime => {
                shared.cpu.describe_limit()
            }
            other => other.to_string(),
        };
        let code = match self {
            Self::LoadFailed(failure) => return Some(failure),
            Self::Finished | Self::HostGone | Self::Stream(_) | Self::Zygote(_) => return None,
            // Those that had begun have had an error each; by this the host knows that the others never did.
            Self::Interrupted => shared.interruption(),
            Self::OutOfMemory => FailureCode::OutOfMemory,
            Self::Undecodable(_) | Self::OutOfOrder(_) => FailureCode::Protocol,
            Self::Engine(_) | Self::Timer(_) => FailureCode::LoadFailed,
        };
        Some(Failure { id: None, code, message, stack: None, used: None })
    }
}
