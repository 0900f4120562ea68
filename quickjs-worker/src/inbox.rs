//! Bytes from the host to messages.

use std::io::stdin;

use bunbase_wire::worker::{DecodeError, Decoder, Limits, ToWorker};
use nix::errno::Errno;
use nix::unistd::read;

use crate::stop::Stop;

/// Bytes that are read at once while lines are awaited: many of them.
const LINES: usize = 16 * 1024;

/// Bytes of a body that are read at once, to where they stay: as much as a Unix stream socket hands over, more or less.
const BODY: usize = 128 * 1024;

/// What has been received and not been handled.
pub struct Inbox {
    decoder: Decoder<ToWorker>,
    scratch: Box<[u8]>,
    open: bool,
}

impl Inbox {
    /// An empty one, on stdin.
    pub fn new() -> Self {
        let decoder = Decoder::new(Limits::default());
        Self { decoder, scratch: vec![0; LINES].into_boxed_slice(), open: true }
    }

    /// Whether more may come.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Nothing that comes from now on is of interest.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Takes in what is there. To be called when `poll` says so: it blocks otherwise.
    pub fn receive(&mut self) -> Result<(), Stop> {
        let missing = self.decoder.missing();
        let received =
            if missing > LINES { self.read_body(missing.min(BODY)) } else { self.read_lines() };
        match received {
            Ok(0) => self.ended(),
            Ok(_) | Err(Errno::EAGAIN | Errno::EINTR) => Ok(()),
            // The other end was closed with bytes in it that nobody had read.
            Err(Errno::ECONNRESET) => Err(Stop::HostGone),
            Err(errno) => Err(Stop::Stream(errno.into())),
        }
    }

    fn read_lines(&mut self) -> nix::Result<usize> {
        let count = read(stdin(), &mut self.scratch)?;
        self.decoder.buffer().extend_from_slice(&self.scratch[..count]);
        Ok(count)
    }

    /// Zeroing what is about to be overwritten takes half as long as copying it.
    fn read_body(&mut self, most: usize) -> nix::Result<usize> {
        let missing = self.decoder.missing();
        let buffer = self.decoder.buffer();
        let before = buffer.len();
        // All that is still to come: a buffer that grows by and by is copied each time.
        buffer.reserve(missing);
        buffer.resize(before + most, 0);
        let result = read(stdin(), &mut buffer[before..]);
        buffer.truncate(before + result.unwrap_or(0));
        result
    }

    fn ended(&mut self) -> Result<(), Stop> {
        self.open = false;
        if self.decoder.is_empty() {
            return Ok(());
        }
        Err(Stop::OutOfOrder("the stream ended within a message"))
    }

    /// The next message, if a whole one is there.
    pub fn next(&mut self) -> Result<Option<ToWorker>, DecodeError> {
        self.decoder.next_message()
    }
}
