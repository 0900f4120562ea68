//! Sleeping until something happens.

use std::io::{stdin, stdout};
use std::os::fd::AsFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

use crate::stop::Stop;

/// What is worth waking up for. With no input awaited, the end of the output is.
#[derive(Debug, Clone, Copy)]
pub struct Awaited {
    /// Bytes on stdin, or their end.
    pub input: bool,
    /// Room in stdout.
    pub output: bool,
}

/// What there is.
#[derive(Debug, Clone, Copy)]
pub struct Woken {
    /// Something to read, be it the end.
    pub input_is_ready: bool,
    /// Nobody reads stdout any more; known only if it was looked at.
    pub output_is_closed: bool,
}

impl Awaited {
    /// Sleeps until something happens, or it is time; for ever without a time.
    pub fn until(self, time: Option<Instant>) -> Result<Woken, Stop> {
        let (stdin, stdout) = (stdin(), stdout());
        let room = if self.output { PollFlags::POLLOUT } else { PollFlags::empty() };
        let mut polled =
            [PollFd::new(stdin.as_fd(), PollFlags::POLLIN), PollFd::new(stdout.as_fd(), room)];
        let from = usize::from(!self.input);
        let to = if self.output || !self.input { 2 } else { 1 };
        let left = time.map(|time| time.saturating_duration_since(Instant::now()));
        match ppoll(&mut polled[from..to], left.map(TimeSpec::from_duration), None) {
            Ok(_) | Err(Errno::EINTR) => Ok(Woken::by(&polled)),
            Err(errno) => Err(Stop::Stream(errno.into())),
        }
    }
}

impl Woken {
    fn by(polled: &[PollFd<'_>; 2]) -> Self {
        let [input, output] = [0, 1].map(|at| polled[at].revents().unwrap_or(PollFlags::empty()));
        let closed = PollFlags::POLLHUP | PollFlags::POLLERR;
        Self { input_is_ready: !input.is_empty(), output_is_closed: output.intersects(closed) }
    }
}
