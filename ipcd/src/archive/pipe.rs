//! Bytes between a thread that blocks and a task that does not, few at a time.

use std::io::{self, Read, Write};

use bytes::{Buf, Bytes};
use tokio::sync::mpsc;

/// Parts that may be between the two.
const PARTS: usize = 4;

/// The two ends. A source that is at its end without a part that is empty has been broken off.
pub fn pipe() -> (mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>) {
    mpsc::channel(PARTS)
}

/// The end that a thread reads from.
#[derive(Debug)]
pub struct Source {
    parts: mpsc::Receiver<Bytes>,
    part: Bytes,
    is_over: bool,
}

impl From<mpsc::Receiver<Bytes>> for Source {
    fn from(parts: mpsc::Receiver<Bytes>) -> Self {
        Self { parts, part: Bytes::new(), is_over: false }
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.part.is_empty() && !self.is_over {
            let next = self.parts.blocking_recv();
            self.part = next.ok_or_else(|| io::Error::other("the client has gone"))?;
            self.is_over = self.part.is_empty();
        }
        let length = self.part.len().min(into.len());
        self.part.copy_to_slice(&mut into[..length]);
        Ok(length)
    }
}

/// The end that a thread writes to.
#[derive(Debug)]
pub struct Sink(mpsc::Sender<Bytes>);

impl From<mpsc::Sender<Bytes>> for Sink {
    fn from(parts: mpsc::Sender<Bytes>) -> Self {
        Self(parts)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = Bytes::copy_from_slice(bytes);
        self.0.blocking_send(part).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
