//! Bytes from the host to messages, without those that a later one has withdrawn.

use std::collections::VecDeque;
use std::io::stdin;
use std::time::{Duration, Instant};

use bunbase_wire::worker::{DecodeError, Decoder, Limits, ToWorker};
use nix::errno::Errno;
use nix::unistd::read;

use crate::sleep::Awaited;
use crate::stop::Stop;

/// Bytes that are read at once while lines are awaited: many of them.
const LINES: usize = 16 * 1024;

/// Bytes of a body that are read at once, to where they stay: as much as a Unix stream socket hands over, more or less.
const BODY: usize = 128 * 1024;

/// When code has run for so long since the last read, cancellations may have come for what is to be begun next.
const STALE: Duration = Duration::from_millis(1);

/// Reads that empty what a socket holds; more would be what the host is writing meanwhile.
const READS: usize = 4;

/// What has been received and not been handled.
pub struct Inbox {
    decoder: Decoder<ToWorker>,
    scratch: Box<[u8]>,
    open: bool,
    ahead: VecDeque<ToWorker>,
    /// What follows on those: nothing more can be decoded.
    garbled: Option<DecodeError>,
    received: Instant,
}

impl Inbox {
    /// An empty one, on stdin.
    pub fn new() -> Self {
        let decoder = Decoder::new(Limits::default());
        let scratch = vec![0; LINES].into_boxed_slice();
        let (ahead, received) = (VecDeque::new(), Instant::now());
        Self { decoder, scratch, open: true, ahead, garbled: None, received }
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
        self.received = Instant::now();
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
        self.look_ahead();
        if self.decoder.is_empty() {
            return Ok(());
        }
        Err(Stop::OutOfOrder("the stream ended within a message"))
    }

    /// The next message, if a whole one is there. An invocation that the host has cancelled meanwhile is none.
    pub fn next(&mut self) -> Result<Option<ToWorker>, Stop> {
        self.look_ahead();
        if self.open && self.is_stale() {
            self.refresh()?;
        }
        let message = self.ahead.pop_front();
        if message.is_none()
            && let Some(error) = self.garbled.take()
        {
            return Err(error.into());
        }
        Ok(message)
    }

    /// How many messages may be asked for before code that is not set off by messages has its turn.
    pub fn round(&mut self) -> usize {
        self.look_ahead();
        self.ahead.len() + usize::from(self.garbled.is_some())
    }

    /// Whether everything that has come whole has been handed out.
    pub fn is_empty(&self) -> bool {
        self.ahead.is_empty() && self.garbled.is_none()
    }

    fn is_stale(&self) -> bool {
        matches!(self.ahead.front(), Some(ToWorker::Invoke(_))) && self.received.elapsed() > STALE
    }

    /// Takes in what has come while code was running.
    fn refresh(&mut self) -> Result<(), Stop> {
        let now = Some(Instant::now());
        for _ in 0..READS {
            self.received = Instant::now();
            if !self.open || !(Awaited { input: true, output: false }.until(now)?.input_is_ready) {
                break;
            }
            self.receive()?;
        }
        self.look_ahead();
        Ok(())
    }

    fn look_ahead(&mut self) {
        while self.garbled.is_none() {
            match self.decoder.next_message() {
                Ok(Some(ToWorker::Cancel { id })) if withdraw(&mut self.ahead, id) => {}
                Ok(Some(message)) => self.ahead.push_back(message),
                Ok(None) => return,
                Err(error) => self.garbled = Some(error),
            }
        }
    }
}

/// Takes out an invocation that has not begun, with all that belongs to it. Whether it was there.
fn withdraw(ahead: &mut VecDeque<ToWorker>, id: u64) -> bool {
    let begins =
        |message: &ToWorker| matches!(message, ToWorker::Invoke(invoke) if invoke.id == id);
    let is_there = ahead.iter().any(begins);
    if is_there {
        ahead.retain(|message| !(begins(message) || continues(message, id)));
    }
    is_there
}

fn continues(message: &ToWorker, wanted: u64) -> bool {
    match message {
        ToWorker::Chunk(chunk) => chunk.id == wanted,
        ToWorker::Ack { id, .. } | ToWorker::Cancel { id } => *id == wanted,
        ToWorker::Invoke(_) | ToWorker::Load(_) | ToWorker::Compile(_) | ToWorker::Shutdown {} => {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use bunbase_wire::worker::{Invoke, encode};

    use super::*;

    fn inbox(messages: &[ToWorker]) -> Inbox {
        let mut bytes = Vec::new();
        messages.iter().for_each(|message| encode(message, true, &mut bytes));
        let mut inbox = Inbox::new();
        // Nothing is read from the test's own stdin.
        inbox.close();
        inbox.decoder.buffer().extend_from_slice(&bytes);
        inbox
    }

    fn invoke(id: u64) -> ToWorker {
        let text = String::new;
        ToWorker::Invoke(Invoke {
            id,
            request_id: text(),
            method: text(),
            url: text(),
            headers: Vec::new(),
            timeout_ms: 0,
            more: false,
            body: bytes::Bytes::new(),
        })
    }

    fn all(mut inbox: Inbox) -> Vec<ToWorker> {
        std::iter::from_fn(|| inbox.next().ok().flatten()).collect()
    }

    #[test]
    fn an_invocation_is_not_handed_out_when_its_cancellation_is_there() {
        let cancel = |id| ToWorker::Cancel { id };
        let left = all(inbox(&[invoke(1), invoke(2), cancel(1), invoke(3), cancel(3)]));
        assert_eq!(left, [invoke(2)]);
    }

    #[test]
    fn a_cancellation_of_what_has_begun_is_handed_out() {
        let mut inbox = inbox(&[invoke(1), invoke(2), ToWorker::Cancel { id: 7 }]);
        assert_eq!(inbox.next().ok().flatten(), Some(invoke(1)));
        assert_eq!(all(inbox), [invoke(2), ToWorker::Cancel { id: 7 }]);
    }

    #[test]
    fn what_came_before_bytes_that_are_no_message_is_handed_out_before_the_error() {
        let mut inbox = inbox(&[invoke(1)]);
        inbox.decoder.buffer().extend_from_slice(b"nonsense\n");
        assert_eq!(inbox.round(), 2);
        assert_eq!(inbox.next().ok().flatten(), Some(invoke(1)));
        assert!(inbox.next().is_err());
    }
}
