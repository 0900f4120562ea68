//! An `invoke` as a host makes it: what no worker changes in it is JSON from the beginning.

use bytes::Bytes;
use serde::Serialize;

/// Room for most heads.
const ROOM: usize = 512;

/// An [`Invoke`](super::Invoke) that is to be sent, and perhaps once more to another worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// As [`Invoke::id`](super::Invoke::id).
    pub id: u64,
    /// As [`Invoke::request_id`](super::Invoke::request_id).
    pub request_id: String,
    /// The method, the URL and the headers.
    pub head: Head,
    /// As [`Invoke::timeout_ms`](super::Invoke::timeout_ms).
    pub timeout_ms: u64,
    /// As [`Invoke::more`](super::Invoke::more).
    pub more: bool,
    /// As [`Invoke::body`](super::Invoke::body).
    pub body: Bytes,
}

/// The method, the URL and the headers of a request, as they stand in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// From the method's name to the last header; the list's end is missing.
    json: Vec<u8>,
    size: usize,
}

impl Head {
    /// A head without headers; the URL is absolute.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Self {
        let mut json = Vec::with_capacity(ROOM + url.len());
        json.extend_from_slice(b"\"method\":");
        text(method, &mut json);
        json.extend_from_slice(b",\"url\":");
        text(url, &mut json);
        json.extend_from_slice(b",\"headers\":[");
        Self { json, size: method.len() + url.len() }
    }

    /// Adds a header, its name in lower case.
    pub fn header(&mut self, name: &str, value: &str) {
        self.pair(name, value.len(), |json| text(value, json));
    }

    /// Adds a header as HTTP has it: the function sees a character for each byte of the value.
    pub fn header_bytes(&mut self, name: &str, value: &[u8]) {
        self.pair(name, value.len(), |json| match is_plain(value) {
            true => quoted(value, json),
            false => as_json(&value.iter().copied().map(char::from).collect::<String>(), json),
        });
    }

    /// Bytes of the method, the URL and the headers.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    fn pair(&mut self, name: &str, length: usize, value: impl FnOnce(&mut Vec<u8>)) {
        self.size += name.len() + length;
        let is_first = self.json.ends_with(b"[");
        self.json.extend_from_slice(if is_first { b"[" } else { b",[" });
        text(name, &mut self.json);
        self.json.push(b',');
        value(&mut self.json);
        self.json.push(b']');
    }
}

impl Prepared {
    /// Appends the line as far as its body.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.reserve(self.head.json.len() + ROOM);
        out.extend_from_slice(b"{\"type\":\"invoke\",\"id\":");
        as_json(&self.id, out);
        out.extend_from_slice(b",\"request_id\":");
        text(&self.request_id, out);
        out.push(b',');
        out.extend_from_slice(&self.head.json);
        out.extend_from_slice(b"],\"timeout_ms\":");
        as_json(&self.timeout_ms, out);
        out.extend_from_slice(if self.more { b",\"more\":true" } else { b"" });
    }
}

fn text(text: &str, json: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) { quoted(text.as_bytes(), json) } else { as_json(text, json) }
}

/// Whether bytes stand in JSON as they are. Without a branch for each byte this is done for many at once.
fn is_plain(bytes: &[u8]) -> bool {
    let plain = |b: u8| (b' '..=b'~').contains(&b) & (b != b'"') & (b != b'\\');
    bytes.iter().fold(true, |all, b| all & plain(*b))
}

fn quoted(plain: &[u8], json: &mut Vec<u8>) {
    json.push(b'"');
    json.extend_from_slice(plain);
    json.push(b'"');
}

/// Anything that JSON has.
pub(super) fn as_json(value: &(impl Serialize + ?Sized), json: &mut Vec<u8>) {
    // Serialising plain values into memory has no way to fail.
    serde_json::to_writer(json, value).expect("plain values serialise");
}
