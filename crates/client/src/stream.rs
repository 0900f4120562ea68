//! INVOKE with bodies of any length, both ways.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use bunbase_wire::ipc::{
    Acknowledged, Frame, InvokeAnswer, InvokeRequest, Kind, Part, WINDOW, encode,
};
use bytes::{Bytes, BytesMut};
use serde::Serialize;

use crate::{Client, Error};

/// Parts are sent in pieces of so many bytes, and acknowledged when there are so many.
const PIECE: usize = WINDOW / 4;

/// A request's body that is read as the function takes it.
pub type Source = Box<dyn Read + Send>;

/// An answer's body as it comes. Dropped before its end, it cancels the request.
#[derive(Debug)]
pub struct Answering<'a> {
    client: &'a mut Client,
    first: Bytes,
    taken: usize,
    over: bool,
    upload: Option<Arc<Upload>>,
}

/// What the thread that sends a body and the one that reads the answer share.
#[derive(Debug)]
struct Upload {
    over: AtomicBool,
    failed: Mutex<Option<io::Error>>,
    room: Mutex<mpsc::Sender<u64>>,
}

impl Client {
    /// Runs a function. The request's body is `beginning` and what `rest` gives; the answer's comes in parts.
    ///
    /// # Errors
    /// When it gave no answer. An answer with an HTTP error status is an answer.
    pub fn invoke_streaming(
        &mut self,
        mut request: InvokeRequest,
        beginning: &[u8],
        rest: Option<Source>,
    ) -> Result<(InvokeAnswer, Answering<'_>), Error> {
        (request.stream, request.more) = (true, rest.is_some());
        self.send(Kind::Invoke, &request, beginning)?;
        let upload = rest.map(|rest| self.upload(rest)).transpose()?;
        let mut answer =
            Answering { client: self, first: Bytes::new(), taken: 0, over: false, upload };
        let frame = answer.frame()?;
        let head = frame.payload()?;
        answer.first = frame.raw;
        Ok((head, answer))
    }

    /// Sends a request whose answer goes on.
    pub(crate) fn ask(
        &mut self,
        kind: Kind,
        request: &impl Serialize,
    ) -> Result<Answering<'_>, Error> {
        self.send(kind, request, &[])?;
        Ok(Answering { client: self, first: Bytes::new(), taken: 0, over: false, upload: None })
    }

    fn upload(&mut self, rest: Source) -> Result<Arc<Upload>, Error> {
        let writer = self.stream.try_clone().map_err(Error::Lost)?;
        let (sender, room) = mpsc::channel();
        let upload = Arc::new(Upload {
            over: AtomicBool::new(false),
            failed: Mutex::default(),
            room: Mutex::new(sender),
        });
        let sending = Sending {
            id: self.last_id,
            lock: Arc::clone(&self.writing),
            writer,
            upload: Arc::clone(&upload),
        };
        std::thread::spawn(move || sending.run(rest, &room));
        Ok(upload)
    }
}

impl Answering<'_> {
    /// The next part of the body; `None` at its end.
    ///
    /// # Errors
    /// When the rest does not come.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.first.is_empty() {
            if self.over {
                return Ok(None);
            }
            self.first = self.frame()?.raw;
        }
        Ok(Some(std::mem::take(&mut self.first)))
    }

    /// The next frame of the answer.
    fn frame(&mut self) -> Result<Frame, Error> {
        loop {
            let frame = self.client.answer_frame().map_err(|error| self.why(error))?;
            match frame.kind {
                Kind::Ack => self.acknowledged(frame.payload::<Acknowledged>()?.bytes),
                Kind::Chunk => {
                    self.take(frame.raw.len())?;
                    return Ok(frame);
                }
                Kind::Ok => {
                    self.end();
                    return Ok(frame);
                }
                _ => {
                    self.end();
                    return Err(Error::Answered(frame.payload()?));
                }
            }
        }
    }

    /// A body that can't be read is the reason for a connection that is over.
    fn why(&mut self, error: Error) -> Error {
        self.end();
        let failed = self.upload.as_ref().and_then(|upload| locked(&upload.failed).take());
        failed.map_or(error, Error::Body)
    }

    fn acknowledged(&self, bytes: u64) {
        if let Some(upload) = &self.upload {
            // A body that has been sent needs no room.
            let _ = locked(&upload.room).send(bytes);
        }
    }

    fn take(&mut self, bytes: usize) -> Result<(), Error> {
        self.taken += bytes;
        if self.taken < PIECE {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.taken) as u64;
        self.client.write(Kind::Ack, &Acknowledged { bytes }, &[])
    }

    fn end(&mut self) {
        self.over = true;
        if let Some(upload) = &self.upload {
            upload.over.store(true, Ordering::SeqCst);
            // It may wait for room that will not come.
            let _ = locked(&upload.room).send(0);
        }
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.end();
            // A connection that has ended has nothing to cancel.
            let _ = self.client.write(Kind::Cancel, &(), &[]);
        }
    }
}

struct Sending {
    id: u32,
    lock: Arc<Mutex<()>>,
    writer: UnixStream,
    upload: Arc<Upload>,
}

impl Sending {
    fn run(mut self, mut rest: Source, room: &mpsc::Receiver<u64>) {
        if let Err(error) = self.send_all(&mut rest, room) {
            *locked(&self.upload.failed) = Some(error);
            // Whoever waits for the answer learns of it.
            let _ = self.writer.shutdown(Shutdown::Both);
        }
    }

    fn send_all(&mut self, rest: &mut Source, room: &mpsc::Receiver<u64>) -> io::Result<()> {
        let mut open = WINDOW as u64;
        let mut piece = vec![0; PIECE];
        loop {
            let length = rest.read(&mut piece)?;
            while open < length as u64 && !self.is_over() {
                open += room.recv().map_err(io::Error::other)?;
            }
            if self.is_over() {
                return Ok(());
            }
            self.part(&Part { last: length == 0 }, &piece[..length])?;
            if length == 0 {
                return Ok(());
            }
            open -= length as u64;
        }
    }

    fn is_over(&self) -> bool {
        self.upload.over.load(Ordering::SeqCst)
    }

    fn part(&mut self, part: &Part, raw: &[u8]) -> io::Result<()> {
        let mut out = BytesMut::new();
        encode(Kind::Chunk, self.id, part, raw, &mut out).map_err(io::Error::other)?;
        let _writing = locked(&self.lock);
        self.writer.write_all(&out)
    }
}

/// What is locked are writes of whole frames and single values: whole whatever panicked.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
