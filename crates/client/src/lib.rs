//! The Rust client of the public IPC: a connection to ipcd, one call a command.
//!
//! ```no_run
//! # fn main() -> Result<(), bunbase_client::Error> {
//! let mut client = bunbase_client::Client::connect("/run/bunbase/ipc.sock")?;
//! for function in client.list()?.functions {
//!     println!("{} {}", function.name, function.version.short());
//! }
//! # Ok(())
//! # }
//! ```
//! Calls block, and one is in flight at a time; open several clients for more.

mod backup;
mod env;
mod logs;
mod secret;
mod stream;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bunbase_manifest::Name;
use bunbase_wire::ipc::{Decoder, Frame, FrameError, Kind, ListAnswer, NameRequest, encode};
use bytes::{Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use logs::Lines;
pub use stream::{Answering, Source};

pub use bunbase_wire::cage::{LayerReport, LayerState};
pub use bunbase_wire::ipc::{
    BackupAnswer, ChangeAnswer, DeployAnswer, DeployFigures, DeployRequest, DoctorAnswer,
    EnvListAnswer, ErrorAnswer, ErrorCode, Figures, FunctionMetrics, FunctionSummary, InvokeAnswer,
    InvokeRequest, IpcdReport, LogLine, LogsRequest, MAX_LINES, MetricsAnswer, MetricsRequest,
    Origin, Outcome, Point, RestoreAnswer, RestoreRequest, RollbackRequest, SecretListAnswer,
    SecretSummary, ShowAnswer, StateReport, StatusAnswer, Variable, VersionSummary, VersionsAnswer,
};
pub use bunbase_wire::text::escaped;
pub use bunbase_wire::worker::Level;

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers at the socket.
    #[error("cannot reach ipcd at {}", socket.display())]
    Unreachable {
        /// The socket.
        socket: PathBuf,
        /// What the kernel said.
        #[source]
        cause: std::io::Error,
    },
    /// The connection ended or failed before the answer was there.
    #[error("the connection to ipcd has ended before its answer came")]
    Lost(#[source] std::io::Error),
    /// No answer within the time given.
    #[error("no answer from ipcd within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The request's body could not be read to its end.
    #[error("cannot read the body")]
    Body(#[source] std::io::Error),
    /// What came could not be written.
    #[error("cannot write what ipcd sends")]
    File(#[source] std::io::Error),
    /// What came is no answer.
    #[error("ipcd answered what this client does not understand")]
    Protocol(#[from] FrameError),
    /// ipcd's own answer: it did not work, and why.
    #[error("{}", .0.message)]
    Answered(ErrorAnswer),
}

/// A connection to ipcd.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    decoder: Decoder,
    last_id: u32,
    timeout: Option<Duration>,
    /// Held while a frame is written: a body may be sent beside the rest.
    writing: Arc<Mutex<()>>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there, or this user may not.
    pub fn connect(socket: impl AsRef<Path>) -> Result<Self, Error> {
        let socket = socket.as_ref();
        let unreachable = |cause| Error::Unreachable { socket: socket.to_owned(), cause };
        UnixStream::connect(socket).map_err(unreachable).map(Self::from_stream)
    }

    /// On a connection that something else has made, such as a tunnel to another machine.
    #[must_use]
    pub fn from_stream(stream: UnixStream) -> Self {
        Self {
            stream,
            decoder: Decoder::default(),
            last_id: 0,
            timeout: None,
            writing: Arc::default(),
        }
    }

    /// Gives up on an answer after so long; waits for ever without it. After a timeout the connection is of
    /// no use any more.
    ///
    /// # Errors
    /// When the time is zero.
    pub fn set_timeout(&mut self, timeout: Duration) -> Result<(), Error> {
        self.stream.set_read_timeout(Some(timeout)).map_err(Error::Lost)?;
        self.timeout = Some(timeout);
        Ok(())
    }

    /// Stores a bundle and puts it in service. `source_map` may be empty.
    ///
    /// # Errors
    /// When ipcd refuses it.
    pub fn deploy(
        &mut self,
        request: &DeployRequest,
        bundle: &[u8],
        source_map: &[u8],
    ) -> Result<DeployAnswer, Error> {
        self.deploy_watched(request, bundle, source_map, || {})
    }

    /// The same. `sent` is called when all is on its way and only the answer is missing.
    ///
    /// # Errors
    /// When ipcd refuses it.
    pub fn deploy_watched(
        &mut self,
        request: &DeployRequest,
        bundle: &[u8],
        source_map: &[u8],
        sent: impl FnOnce(),
    ) -> Result<DeployAnswer, Error> {
        let raw = [bundle, source_map].concat();
        Ok(self.call(Kind::DeployFunction, request, &raw, sent)?.payload()?)
    }

    /// Runs a function.
    ///
    /// # Errors
    /// When it gave no answer. An answer with an HTTP error status is an answer.
    pub fn invoke(
        &mut self,
        request: &InvokeRequest,
        body: &[u8],
    ) -> Result<(InvokeAnswer, Bytes), Error> {
        let frame = self.call(Kind::Invoke, request, body, || {})?;
        Ok((frame.payload()?, frame.raw))
    }

    /// The functions in service.
    ///
    /// # Errors
    /// When ipcd does not answer.
    pub fn list(&mut self) -> Result<ListAnswer, Error> {
        self.command(Kind::List, &(), &[])
    }

    /// Everything about one function.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn show(&mut self, function: Name) -> Result<ShowAnswer, Error> {
        self.command(Kind::Show, &NameRequest { function }, &[])
    }

    /// All versions of a function that are stored, in service or not.
    ///
    /// # Errors
    /// When there is none.
    pub fn versions(&mut self, function: Name) -> Result<VersionsAnswer, Error> {
        self.command(Kind::Versions, &NameRequest { function }, &[])
    }

    /// Puts a stored version in service again.
    ///
    /// # Errors
    /// When there is no such version, or it does not load.
    pub fn rollback(&mut self, request: &RollbackRequest) -> Result<DeployAnswer, Error> {
        self.command(Kind::Rollback, request, &[])
    }

    /// Takes a function out of service.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn remove(&mut self, function: Name) -> Result<(), Error> {
        let _: NameRequest = self.command(Kind::Remove, &NameRequest { function }, &[])?;
        Ok(())
    }

    /// How ipcd is.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn status(&mut self) -> Result<StatusAnswer, Error> {
        self.command(Kind::Status, &(), &[])
    }

    /// How workers are confined on the server, and what ipcd sees of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn doctor(&mut self) -> Result<DoctorAnswer, Error> {
        self.command(Kind::Doctor, &(), &[])
    }

    fn command<T: DeserializeOwned>(
        &mut self,
        kind: Kind,
        request: &impl Serialize,
        raw: &[u8],
    ) -> Result<T, Error> {
        Ok(self.call(kind, request, raw, || {})?.payload()?)
    }

    fn call(
        &mut self,
        kind: Kind,
        request: &impl Serialize,
        raw: &[u8],
        sent: impl FnOnce(),
    ) -> Result<Frame, Error> {
        let outcome = self.send(kind, request, raw);
        sent();
        // A refusal may come before all is sent, and ipcd closes then: it is read all the same.
        match outcome {
            Err(unsent @ Error::Lost(_)) => self.answer().map_err(|error| match error {
                Error::Lost(_) => unsent,
                answered => answered,
            }),
            sent => sent.and_then(|()| self.answer()),
        }
    }

    fn send(&mut self, kind: Kind, request: &impl Serialize, raw: &[u8]) -> Result<(), Error> {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        self.write(kind, request, raw)
    }

    /// Sends a frame about the last request.
    fn write(&mut self, kind: Kind, payload: &impl Serialize, raw: &[u8]) -> Result<(), Error> {
        let mut out = BytesMut::new();
        encode(kind, self.last_id, payload, raw, &mut out)?;
        let _writing = stream::locked(&self.writing);
        self.stream.write_all(&out).map_err(Error::Lost)
    }

    fn answer(&mut self) -> Result<Frame, Error> {
        let frame = self.answer_frame()?;
        match frame.kind {
            Kind::Ok => Ok(frame),
            _ => Err(Error::Answered(frame.payload()?)),
        }
    }

    /// The next frame for the last request, or for none in particular. What still comes for one that was cancelled is passed over.
    fn answer_frame(&mut self) -> Result<Frame, Error> {
        loop {
            let frame = self.next_frame()?;
            if frame.id == self.last_id || frame.id == 0 {
                return Ok(frame);
            }
        }
    }

    fn next_frame(&mut self) -> Result<Frame, Error> {
        loop {
            if let Some(frame) = self.decoder.next_frame()? {
                return Ok(frame);
            }
            let mut chunk = [0; CHUNK];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(Error::Lost(std::io::ErrorKind::UnexpectedEof.into())),
                Ok(n) => self.decoder.buffer().extend_from_slice(&chunk[..n]),
                // With a timeout a process that was stopped and goes on is told so, see signal(7).
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn failed(&self, error: std::io::Error) -> Error {
        match (error.kind(), self.timeout) {
            (std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut, Some(timeout)) => {
                Error::TimedOut(timeout)
            }
            _ => Error::Lost(error),
        }
    }
}
