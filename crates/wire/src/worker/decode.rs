//! Bytes to messages.

use std::borrow::Cow;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, Bytes, BytesMut};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Message;
use super::invoke_line::{self, INVOKE_LINE};
use super::message::{Header, Response, Used};

/// Bounds that are checked before memory is taken.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest line, in bytes, without its newline.
    pub line: usize,
    /// The longest raw body, in bytes.
    pub raw: usize,
}

impl Default for Limits {
    /// 1 MiB a line, 16 MiB a body.
    fn default() -> Self {
        Self { line: 1 << 20, raw: 16 << 20 }
    }
}

/// Why bytes are no message. There is no way to go on after it.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// No newline within the bound.
    #[error("line of more than {0} bytes")]
    LineTooLong(usize),
    /// A raw body beyond the bound.
    #[error("body of {announced} bytes, the bound is {bound}")]
    BodyTooLarge {
        /// What the line said.
        announced: usize,
        /// What is allowed.
        bound: usize,
    },
    /// Not a message of this direction.
    #[error("line is no message: {0}")]
    Malformed(#[from] serde_json::Error),
    /// `body` is not base64.
    #[error("body is not base64")]
    Base64(#[from] base64::DecodeError),
    /// A body on a message that has none.
    #[error("body on a message that has none")]
    UnexpectedBody,
}

/// Turns a stream of bytes into messages of type `M`.
///
/// Put bytes into [`Decoder::buffer`], then call [`Decoder::next_message`] until it says `None`.
#[derive(Debug)]
pub struct Decoder<M> {
    buffer: BytesMut,
    scanned: usize,
    awaiting: Option<(M, usize)>,
    limits: Limits,
    direction: PhantomData<M>,
}

/// What a line says of a message's body, and whose that is.
#[derive(Deserialize)]
pub(super) struct Attachment<'a> {
    #[serde(borrow, default)]
    pub(super) r#type: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) body: Cow<'a, str>,
    #[serde(default)]
    pub(super) raw: Option<Raw>,
}

/// The length of the body that follows; `ready`, which has no body, has a flag of the same name.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Raw {
    Length(usize),
    Flag(#[expect(dead_code, reason = "only its type is of interest")] bool),
}

impl<M: Message> Decoder<M> {
    /// An empty decoder.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { buffer: BytesMut::new(), scanned: 0, awaiting: None, limits, direction: PhantomData }
    }

    /// Where received bytes are appended.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Whether everything received so far has been handed out: the stream stands between two messages.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.awaiting.is_none()
    }

    /// How many bytes are missing of a body that has been announced: with room for them, it comes at once.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.awaiting.as_ref().map_or(0, |(_, length)| length.saturating_sub(self.buffer.len()))
    }

    /// The next whole message, or `None` if more bytes are needed.
    ///
    /// # Errors
    /// When the bytes are no message, or a bound is exceeded.
    pub fn next_message(&mut self) -> Result<Option<M>, DecodeError> {
        if self.awaiting.is_none() {
            let Some(end) = self.line()? else { return Ok(None) };
            let (message, announced) = self.parse(&self.buffer[..end])?;
            self.buffer.advance(end + 1);
            match announced {
                None => return Ok(Some(message)),
                Some(length) => self.awaiting = Some((message, length)),
            }
        }
        self.attach()
    }

    /// Passes over the next line without reading it, if it is whole and begins like this. Whether it has.
    pub fn skip_line(&mut self, beginning: &[u8]) -> bool {
        let is_it = self.awaiting.is_none() && self.buffer.starts_with(beginning);
        let end = if is_it { self.line().ok().flatten() } else { None };
        end.map(|end| self.buffer.advance(end + 1)).is_some()
    }

    /// Where the next line ends, once it is whole. It is to be taken out then.
    fn line(&mut self) -> Result<Option<usize>, DecodeError> {
        let found = memchr::memchr(b'\n', &self.buffer[self.scanned..]).map(|at| self.scanned + at);
        let length = found.unwrap_or(self.buffer.len());
        if length > self.limits.line {
            return Err(DecodeError::LineTooLong(self.limits.line));
        }
        let Some(end) = found else {
            self.scanned = length;
            return Ok(None);
        };
        self.scanned = 0;
        Ok(Some(end))
    }

    fn parse(&self, line: &[u8]) -> Result<(M, Option<usize>), DecodeError> {
        let (mut message, attachment) = read::<M>(line)?;
        if !attachment.body.is_empty() {
            *message.body_mut().ok_or(DecodeError::UnexpectedBody)? =
                STANDARD.decode(&*attachment.body)?.into();
        }
        let announced = match attachment.raw {
            None => return Ok((message, None)),
            Some(Raw::Flag(_)) if message.body().is_none() => return Ok((message, None)),
            Some(Raw::Flag(_)) => return Err(DecodeError::UnexpectedBody),
            Some(Raw::Length(announced)) => announced,
        };
        if message.body().is_none() || !attachment.body.is_empty() {
            return Err(DecodeError::UnexpectedBody);
        }
        if announced > self.limits.raw {
            return Err(DecodeError::BodyTooLarge { announced, bound: self.limits.raw });
        }
        Ok((message, Some(announced)))
    }

    fn attach(&mut self) -> Result<Option<M>, DecodeError> {
        let Some((mut message, length)) = self.awaiting.take() else { return Ok(None) };
        if self.buffer.len() < length {
            self.awaiting = Some((message, length));
            return Ok(None);
        }
        if let Some(body) = message.body_mut() {
            *body = self.buffer.split_to(length).freeze();
        }
        Ok(Some(message))
    }
}

/// A message and what its line says of its body: of what comes with each request in one go, of all else in two.
fn read<M: Message>(line: &[u8]) -> serde_json::Result<(M, Attachment<'_>)> {
    if line.starts_with(RESPONSE_LINE)
        && let Some(of_response) = M::OF_RESPONSE
    {
        let ResponseLine { id, status, headers, more, used, body, raw, .. } =
            serde_json::from_slice(line)?;
        let response = Response { id, status, headers, more, used, body: Bytes::new() };
        return Ok((of_response(response), Attachment { r#type: Cow::default(), body, raw }));
    }
    if line.starts_with(INVOKE_LINE)
        && let Some(of_invoke) = M::OF_INVOKE
    {
        let (invoke, attachment) = invoke_line::read(line)?;
        return Ok((of_invoke(invoke), attachment));
    }
    let attachment: Attachment<'_> = serde_json::from_slice(line)?;
    let message = M::of_type(&attachment.r#type, line)?;
    Ok((message, attachment))
}

/// How the line of an answer begins, as workers write it.
const RESPONSE_LINE: &[u8] = b"{\"type\":\"response\",";

/// A [`Response`] and what its line says of its body.
#[derive(Deserialize)]
struct ResponseLine<'a> {
    #[expect(dead_code, reason = "it is there once")]
    r#type: IgnoredAny,
    id: u64,
    status: u16,
    headers: Vec<Header>,
    #[serde(default)]
    more: bool,
    #[serde(default)]
    used: Option<Used>,
    #[serde(borrow, default)]
    body: Cow<'a, str>,
    #[serde(default)]
    raw: Option<Raw>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::{
        FromWorker, LOG_LINE, Level, Log, Ready, Response, encode, encode_response,
    };

    #[test]
    fn a_log_line_is_known_by_its_beginning_and_passed_over_when_it_is_whole() {
        let log = Log { id: Some(1), level: Level::Info, message: "x".into() };
        let mut lines = Vec::new();
        encode(&FromWorker::Log(log), true, &mut lines);
        encode(&FromWorker::Done { id: 1 }, true, &mut lines);
        let mut decoder = Decoder::<FromWorker>::new(Limits::default());
        decoder.buffer().extend_from_slice(&lines[..20]);
        assert!(!decoder.skip_line(LOG_LINE), "half a line");
        decoder.buffer().extend_from_slice(&lines[20..]);
        assert!(decoder.skip_line(LOG_LINE) && !decoder.skip_line(LOG_LINE));
        assert_eq!(decoder.next_message().expect("a message"), Some(FromWorker::Done { id: 1 }));
    }

    #[test]
    fn of_an_announced_body_it_is_known_how_much_is_missing() {
        let body = vec![7; 5000];
        let response = Response {
            id: 1,
            status: 200,
            headers: Vec::new(),
            more: false,
            used: None,
            body: Bytes::new(),
        };
        let mut bytes = Vec::new();
        encode_response(&response, &body, true, &mut bytes);
        let mut decoder = Decoder::<FromWorker>::new(Limits::default());
        let before = bytes.len() - body.len();
        decoder.buffer().extend_from_slice(&bytes[..before + 100]);
        assert_eq!((decoder.next_message().expect("half of one"), decoder.missing()), (None, 4900));
        decoder.buffer().extend_from_slice(&bytes[before + 100..]);
        let whole = FromWorker::Response(Response { body: body.into(), ..response });
        assert_eq!((decoder.next_message().expect("one"), decoder.missing()), (Some(whole), 0));
    }

    #[test]
    fn ready_with_its_raw_flag_is_decoded() {
        let ready = FromWorker::Ready(Ready { protocol: 1, raw: true });
        let mut line = Vec::new();
        encode(&ready, true, &mut line);
        let mut decoder = Decoder::<FromWorker>::new(Limits::default());
        decoder.buffer().extend_from_slice(&line);
        assert_eq!(decoder.next_message().expect("a message"), Some(ready));
    }
}
