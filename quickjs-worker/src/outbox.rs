//! Messages to the host, gathered and written at once.

use std::io::stdout;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use bunbase_wire::worker::{FromWorker, Response, encode, encode_response};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::{MsgFlags, send};
use nix::sys::time::TimeSpec;
use nix::unistd::write;

use crate::last_words::wrote_whole_lines;
use crate::stop::Stop;

/// While code runs on, what it has said so far goes out after this long.
const STALE: Duration = Duration::from_millis(2);

/// With this much unread by the host, nothing more is begun: the memory would be ours, not the function's.
const FULL: usize = 1 << 20;

/// With so many bytes of log lines since all had been written, more of them are dropped: what is said besides would stand behind them.
const CROWDED: usize = 64 * 1024;

/// After a large answer, no more memory than this is kept.
const KEPT: usize = 256 * 1024;

/// What kind of file stdout is, found out by the first write.
#[derive(Clone, Copy)]
enum Sink {
    /// Never blocks, whatever the flags of the descriptor, which others may share.
    Socket,
    /// A pipe, a terminal, a file: when the worker runs by hand.
    File,
}

/// What has been said and not been written.
pub struct Outbox {
    bytes: Vec<u8>,
    written: usize,
    logged: usize,
    since: Option<Instant>,
    sink: Sink,
}

impl Default for Outbox {
    fn default() -> Self {
        Self { bytes: Vec::new(), written: 0, logged: 0, since: None, sink: Sink::Socket }
    }
}

impl Outbox {
    /// Adds a message.
    pub fn push(&mut self, message: &FromWorker) {
        self.make_room();
        encode(message, true, &mut self.bytes);
    }

    /// Adds an answer with this body.
    pub fn push_response(&mut self, response: &Response, body: &[u8]) {
        self.make_room();
        encode_response(response, body, true, &mut self.bytes);
    }

    /// A host that reads steadily and never catches up must not let what it has read pile up here.
    fn make_room(&mut self) {
        if self.written > KEPT {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
    }

    /// Whether everything has been written.
    pub fn is_empty(&self) -> bool {
        self.written == self.bytes.len()
    }

    /// Whether the host reads so slowly that nothing more is to be begun.
    pub fn is_full(&self) -> bool {
        self.bytes.len() - self.written > FULL
    }

    /// Notes that so many bytes are log lines.
    pub fn logged(&mut self, bytes: usize) {
        self.logged += bytes;
    }

    /// Whether so many of them are waiting that more are better dropped.
    pub fn is_crowded(&self) -> bool {
        self.logged > CROWDED
    }

    /// Writes what has been waiting for a while; for the moments at which code is still running.
    pub fn flush_stale(&mut self, now: Instant) {
        if self.is_empty() {
            return;
        }
        if now.duration_since(*self.since.get_or_insert(now)) > STALE {
            // A host that has gone is noticed by the loop, by the same error.
            let _ = self.flush();
            self.since = Some(now);
        }
    }

    /// Writes as much as can be written without waiting.
    pub fn flush(&mut self) -> Result<(), Stop> {
        while !self.is_empty() {
            match self.write_some() {
                Ok(count) => {
                    self.written += count;
                    wrote_whole_lines(self.is_empty());
                }
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(Errno::ENOTSOCK) => self.sink = Sink::File,
                Err(Errno::EPIPE | Errno::ECONNRESET) => return Err(Stop::HostGone),
                Err(errno) => return Err(Stop::Stream(errno.into())),
            }
        }
        self.reset();
        Ok(())
    }

    fn write_some(&self) -> nix::Result<usize> {
        let rest = &self.bytes[self.written..];
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        match self.sink {
            Sink::Socket => send(stdout().as_raw_fd(), rest, flags),
            Sink::File => write(stdout(), rest),
        }
    }

    fn reset(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.written = 0;
        self.logged = 0;
        self.since = None;
    }

    /// Writes everything, waiting for the host until `deadline`.
    pub fn finish(&mut self, deadline: Instant) {
        while self.flush().is_ok() && !self.is_empty() && Instant::now() < deadline {
            let (out, left) = (stdout(), deadline.saturating_duration_since(Instant::now()));
            let mut room = [PollFd::new(out.as_fd(), PollFlags::POLLOUT)];
            let _ = ppoll(&mut room, Some(TimeSpec::from_duration(left)), None);
        }
    }
}
