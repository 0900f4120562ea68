//! The line of an invocation in one go: what it says of the message, and of the body that goes with it.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::decode::{Attachment, Raw};
use super::{Header, Invoke};

/// How the line of an invocation begins, as hosts write it.
pub(super) const INVOKE_LINE: &[u8] = b"{\"type\":\"invoke\",";

/// An [`Invoke`] and what its line says of its body.
#[derive(Deserialize)]
struct InvokeLine<'a> {
    #[expect(dead_code, reason = "it is there once")]
    r#type: IgnoredAny,
    id: u64,
    request_id: String,
    method: String,
    url: String,
    headers: Vec<Header>,
    timeout_ms: u64,
    #[serde(default)]
    more: bool,
    #[serde(borrow, default)]
    body: Cow<'a, str>,
    #[serde(default)]
    raw: Option<Raw>,
}

/// Reads a line that begins like this.
///
/// # Errors
/// When it is no invocation.
pub(super) fn read(line: &[u8]) -> serde_json::Result<(Invoke, Attachment<'_>)> {
    let InvokeLine { id, request_id, method, url, headers, timeout_ms, more, body, raw, .. } =
        serde_json::from_slice(line)?;
    let invoke =
        Invoke { id, request_id, method, url, headers, timeout_ms, more, body: Bytes::new() };
    Ok((invoke, Attachment { r#type: Cow::default(), body, raw }))
}
