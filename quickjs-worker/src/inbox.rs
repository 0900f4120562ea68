//! Bytes from the host to messages.

use bunbase_wire::worker::{DecodeError, Decoder, Limits, ToWorker};
use nix::errno::Errno;
use nix::unistd::read;

use crate::stop::Stop;

/// As much as a Unix stream socket hands over at once, more or less.
const READ: usize = 64 * 1024;

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
        Self { decoder, scratch: vec![0; READ].into_boxed_slice(), open: true }
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
        match read(std::io::stdin(), &mut self.scratch) {
            Ok(0) => self.ended(),
            Ok(count) => {
                let missing = self.decoder.missing();
                let buffer = self.decoder.buffer();
                // All of an announced body at once: a buffer that grows by and by is copied each time.
                buffer.reserve(missing.max(count));
                buffer.extend_from_slice(&self.scratch[..count]);
                Ok(())
            }
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(()),
            // The other end was closed with bytes in it that nobody had read.
            Err(Errno::ECONNRESET) => Err(Stop::HostGone),
            Err(errno) => Err(Stop::Stream(errno.into())),
        }
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
