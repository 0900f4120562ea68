//! Messages to bytes.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::{Invoke, Message, Response};

/// Bodies up to this many bytes stay in the line even where raw ones are understood.
pub const INLINE_BODY: usize = 2048;

/// Room for most lines.
const LINE: usize = 1024;

#[derive(Serialize)]
struct Line<'a, M> {
    #[serde(flatten)]
    message: &'a M,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Base64<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<usize>,
}

struct Base64<'a>(&'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

/// Appends a message to `out`. A body of more than [`INLINE_BODY`] bytes follows its line as it is if the
/// receiver said `raw`; an empty one is left out.
pub fn encode<M: Message>(message: &M, raw: bool, out: &mut Vec<u8>) {
    write(message, message.body().map(|body| &body[..]), raw, out);
}

/// As [`encode`] for `invoke`, which the sender keeps.
pub fn encode_invoke(invoke: &Invoke, raw: bool, out: &mut Vec<u8>) {
    write(&Borrowed::Invoke(invoke), Some(&invoke.body), raw, out);
}

/// As [`encode`] for `response`, whose body is this one.
pub fn encode_response(response: &Response, body: &[u8], raw: bool, out: &mut Vec<u8>) {
    write(&Borrowed::Response(response), Some(body), raw, out);
}

/// A message without owning what is in it.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Borrowed<'a> {
    Invoke(&'a Invoke),
    Response(&'a Response),
}

fn write(message: &impl Serialize, body: Option<&[u8]>, raw: bool, out: &mut Vec<u8>) {
    let body = body.filter(|body| !body.is_empty());
    let behind = body.filter(|body| raw && body.len() > INLINE_BODY);
    let inline = if behind.is_some() { None } else { body };
    let line = Line { message, body: inline.map(Base64), raw: behind.map(<[u8]>::len) };
    // The line and the body at once: a vector that grows by and by is copied each time.
    out.reserve(behind.map_or(0, |b| b.len() + LINE));
    // Serialising plain structs with string keys into memory has no way to fail.
    serde_json::to_writer(&mut *out, &line).expect("plain structs serialise");
    out.push(b'\n');
    out.extend_from_slice(behind.unwrap_or_default());
}
