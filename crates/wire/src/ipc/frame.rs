//! Bytes to frames and back.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version of this protocol.
pub const VERSION: u8 = 1;

/// The longest frame, counted after its length field: a bundle of 10 MiB with its source map fits.
pub const MAX_FRAME: usize = 32 << 20;

/// Bytes between the length field and the JSON: version, kind, id, length of JSON.
pub const HEADER: usize = 1 + 1 + 4 + 4;

/// What a frame is: a command of a client or a status of ipcd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Run a function; raw bytes are the request's body.
    Invoke = 0x01,
    /// Check and store a function's code without serving it; as `Deploy`.
    RegisterFunction = 0x02,
    /// Store a function's code and serve it; raw bytes are the bundle.
    DeployFunction = 0x03,
    /// Which functions are there?
    List = 0x04,
    /// Everything about one function.
    Show = 0x05,
    /// Take a function out of service.
    Remove = 0x06,
    /// Is ipcd well?
    Status = 0x07,
    /// How are workers confined on this machine?
    Doctor = 0x08,
    /// Which versions of a function are stored?
    Versions = 0x09,
    /// Put a stored version in service.
    Rollback = 0x0a,
    /// Which variables has a function?
    EnvList = 0x0b,
    /// Set variables on the server.
    EnvSet = 0x0c,
    /// Take variables away that were set on the server.
    EnvRemove = 0x0d,
    /// Which secrets has a function? No value is told.
    SecretList = 0x0e,
    /// Set a secret; raw bytes are its value.
    SecretSet = 0x0f,
    /// Take secrets away.
    SecretRemove = 0x10,
    /// What have functions written?
    GetLogs = 0x11,
    /// What has become of invocations?
    GetMetrics = 0x12,
    /// Drop the request of this id; nothing more comes for it.
    Cancel = 0x15,
    /// It worked.
    Ok = 0x80,
    /// It did not; the JSON is an `ErrorAnswer`.
    Error = 0x81,
    /// There is no such function; the JSON is an `ErrorAnswer`.
    NotFound = 0x82,
    /// Part of an answer that goes on; from a client, of a request's body. `Ok` or an error ends the answer.
    Chunk = 0x83,
    /// Bytes of `Chunk`s have been taken and may be followed by as many; goes both ways.
    Ack = 0x84,
}

const KINDS: [Kind; 24] = [
    Kind::Invoke,
    Kind::RegisterFunction,
    Kind::DeployFunction,
    Kind::List,
    Kind::Show,
    Kind::Remove,
    Kind::Status,
    Kind::Doctor,
    Kind::Versions,
    Kind::Rollback,
    Kind::Cancel,
    Kind::EnvList,
    Kind::EnvSet,
    Kind::EnvRemove,
    Kind::SecretList,
    Kind::SecretSet,
    Kind::SecretRemove,
    Kind::GetLogs,
    Kind::GetMetrics,
    Kind::Ok,
    Kind::Error,
    Kind::NotFound,
    Kind::Chunk,
    Kind::Ack,
];

impl Kind {
    fn from_byte(byte: u8) -> Option<Self> {
        KINDS.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// One message in either direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub kind: Kind,
    /// The request that it is or answers.
    pub id: u32,
    /// Its JSON.
    pub json: Bytes,
    /// What follows the JSON: a body or a bundle.
    pub raw: Bytes,
}

/// Why bytes are no frame: the session can't go on, where the next frame begins is unknown. Or why a frame is
/// not what its command takes (`Payload`): then only that command has failed.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Announced longer than [`MAX_FRAME`].
    #[error("frame of {0} bytes, at most {MAX_FRAME} are allowed")]
    TooLong(usize),
    /// Shorter than its own header, or than the JSON that it announced.
    #[error("frame of {0} bytes is shorter than what it announces")]
    TooShort(usize),
    /// Another protocol version.
    #[error("protocol version {0}, this side speaks {VERSION}")]
    Version(u8),
    /// A command or status that does not exist.
    #[error("unknown command or status 0x{0:02x}")]
    UnknownKind(u8),
    /// The JSON is not what this command has.
    #[error("payload is not what this command takes: {0}")]
    Payload(#[from] serde_json::Error),
}

impl Frame {
    /// The JSON as what this kind carries.
    ///
    /// # Errors
    /// When it is something else.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, FrameError> {
        Ok(serde_json::from_slice(&self.json)?)
    }
}

/// Appends a frame to `out`.
///
/// # Errors
/// When it would be longer than [`MAX_FRAME`]; `out` is as it was then.
pub fn encode<T: Serialize>(
    kind: Kind,
    id: u32,
    payload: &T,
    raw: &[u8],
    out: &mut BytesMut,
) -> Result<(), FrameError> {
    let json = serde_json::to_vec(payload)?;
    let length = HEADER + json.len() + raw.len();
    let too_long = |_| FrameError::TooLong(length);
    if length > MAX_FRAME {
        return Err(FrameError::TooLong(length));
    }
    out.reserve(4 + length);
    out.put_u32(u32::try_from(length).map_err(too_long)?);
    out.put_u8(VERSION);
    out.put_u8(kind as u8);
    out.put_u32(id);
    out.put_u32(u32::try_from(json.len()).map_err(too_long)?);
    out.put_slice(&json);
    out.put_slice(raw);
    Ok(())
}

/// Turns a stream of bytes into frames.
///
/// Put bytes into [`Decoder::buffer`], then call [`Decoder::next_frame`] until it says `None`.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: BytesMut,
}

impl Decoder {
    /// Where received bytes are appended.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Whether no part of a frame is waiting for its rest.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The next whole frame, or `None` if more bytes are needed.
    ///
    /// # Errors
    /// When the bytes are no frame. What is wrong is known as early as its first bytes are there.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let Some(length) = self.length()? else { return Ok(None) };
        self.check_header(length)?;
        if self.buffer.len() < 4 + length {
            return Ok(None);
        }
        let mut body = self.buffer.split_to(4 + length).freeze();
        body.advance(4);
        frame(body).map(Some)
    }

    fn length(&self) -> Result<Option<usize>, FrameError> {
        let Some(prefix) = self.buffer.first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_be_bytes(*prefix) as usize;
        match length {
            _ if length > MAX_FRAME => Err(FrameError::TooLong(length)),
            _ if length < HEADER => Err(FrameError::TooShort(length)),
            _ => Ok(Some(length)),
        }
    }

    /// Looks at as much of the header as is there: nobody waits for the rest of what is no frame.
    fn check_header(&self, length: usize) -> Result<(), FrameError> {
        let header = &self.buffer[4..self.buffer.len().min(4 + HEADER)];
        match header.first() {
            Some(&version) if version != VERSION => return Err(FrameError::Version(version)),
            _ => {}
        }
        match header.get(1) {
            Some(&kind) if Kind::from_byte(kind).is_none() => {
                return Err(FrameError::UnknownKind(kind));
            }
            _ => {}
        }
        match header.get(6..).and_then(|json| json.first_chunk::<4>()) {
            Some(json) if u32::from_be_bytes(*json) as usize > length - HEADER => {
                Err(FrameError::TooShort(length))
            }
            _ => Ok(()),
        }
    }
}

/// Takes a whole frame apart, length field already gone and known to hold at least [`HEADER`] bytes.
fn frame(mut body: Bytes) -> Result<Frame, FrameError> {
    let length = body.len();
    body.advance(1);
    let kind = body.get_u8();
    let kind = Kind::from_byte(kind).ok_or(FrameError::UnknownKind(kind))?;
    let id = body.get_u32();
    let json = body.get_u32() as usize;
    if json > body.len() {
        return Err(FrameError::TooShort(length));
    }
    let json = body.split_to(json);
    Ok(Frame { kind, id, json, raw: body })
}
