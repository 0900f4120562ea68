//! What a request must be before it gets anywhere: a known shape of path, host and id, a body within bounds.

use std::sync::Arc;

use bunbase_manifest::{ByteSize, Name};
use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::config::Config;
use crate::respond::Refusal;

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a client.
const MAX_ID: usize = 128;

/// A request's own id: the client's if it is well-formed, else a new UUIDv7.
#[derive(Debug, Clone)]
pub struct RequestId(String);

impl RequestId {
    /// The id for a request with these headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let good = given.filter(|text| is_well_formed(text)).map(str::to_owned);
        Self(good.unwrap_or_else(|| Uuid::now_v7().to_string()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a header.
    pub fn value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("an id is letters, digits and a few signs")
    }
}

fn is_well_formed(text: &str) -> bool {
    let sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(sign)
}

/// Where a request goes: `/functions/NAME/rest?query`.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The function.
    pub function: Name,
    /// Path and query as the function sees them.
    pub path: String,
}

/// Takes a path apart.
pub fn target(uri: &Uri) -> Result<Target, Refusal> {
    let after = uri.path().strip_prefix("/functions/").unwrap_or_default();
    let (name, rest) = after.split_once('/').map_or((after, ""), |(name, rest)| (name, rest));
    let function: Name =
        name.parse().map_err(|_| Refusal::NoSuchFunction { name: name.to_owned() })?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(Target { function, path: format!("/{rest}{query}") })
}

/// The host that the client asked for, for the URL that the function sees.
pub fn host(uri: &Uri, headers: &HeaderMap) -> Result<Authority, Refusal> {
    if let Some(authority) = uri.authority() {
        return Ok(authority.clone());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().map_or(Ok("localhost"), |value| value.to_str());
    match (host.ok().and_then(|host| host.parse().ok()), hosts.next()) {
        (Some(authority), None) => Ok(authority),
        _ => Err(Refusal::BadRequest { what: "one Host header is needed, with a host in it" }),
    }
}

/// Room for bodies, of all requests together.
#[derive(Debug)]
pub struct Room {
    free: Arc<Semaphore>,
    limit: ByteSize,
}

/// The room that one body takes, as long as this is held.
#[derive(Debug)]
pub struct Taken(
    #[expect(dead_code, reason = "held, never looked at")] Option<OwnedSemaphorePermit>,
);

/// What room is counted in: a semaphore's permits are 32 bits.
const UNIT: u64 = 1024;

impl Room {
    /// Room for so many bytes.
    pub fn new(limit: ByteSize) -> Self {
        let units = usize::try_from(limit.get() / UNIT).unwrap_or(usize::MAX);
        Self { free: Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))), limit }
    }

    /// Takes room for a body of at most so many bytes, at once or not at all.
    fn take(&self, bytes: u64) -> Result<Taken, Refusal> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.free).try_acquire_many_owned(units);
        permit.map(|permit| Taken(Some(permit))).map_err(|_| Refusal::NoRoom { limit: self.limit })
    }
}

/// Reads a whole body within the gateway's bounds. What it takes is free again when the second part is dropped.
pub async fn body(body: Incoming, config: &Config, room: &Room) -> Result<(Bytes, Taken), Refusal> {
    if body.is_end_stream() {
        return Ok((Bytes::new(), Taken(None)));
    }
    let limit = config.max_body;
    if body.size_hint().lower() > limit.get() {
        return Err(too_large(limit));
    }
    // Of a body that does not say how long it is, the longest is assumed.
    let taken = room.take(body.size_hint().upper().unwrap_or(limit.get()))?;
    let read = Limited::new(body, limit.as_usize()).collect();
    match tokio::time::timeout(config.body_timeout.duration(), read).await {
        Ok(Ok(collected)) => Ok((collected.to_bytes(), taken)),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(Refusal::BadRequest { what: "the body broke off or is malformed" }),
        Err(_) => Err(Refusal::BodyTimeout { limit: config.body_timeout }),
    }
}

fn too_large(limit: ByteSize) -> Refusal {
    Refusal::BodyTooLarge { limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(uri: &str) -> Option<(String, String)> {
        let target = target(&uri.parse().unwrap()).ok()?;
        Some((target.function.to_string(), target.path))
    }

    #[test]
    fn the_function_sees_the_path_without_the_prefix() {
        let is = |name: &str, path: &str| Some((name.to_owned(), path.to_owned()));
        assert_eq!(path_of("/functions/hello"), is("hello", "/"));
        assert_eq!(path_of("/functions/hello/"), is("hello", "/"));
        assert_eq!(path_of("/functions/hello?a=1&b"), is("hello", "/?a=1&b"));
        assert_eq!(path_of("/functions/hello/a/b%20c?x=%2F"), is("hello", "/a/b%20c?x=%2F"));
        assert_eq!(path_of("/functions/hello//a"), is("hello", "//a"));
    }

    #[test]
    fn what_is_no_name_is_no_function() {
        for uri in
            ["/functions/", "/functions/..", "/functions/A", "/functions/a%2fb", "/functions/-a"]
        {
            assert_eq!(path_of(uri), None, "{uri}");
        }
    }

    #[test]
    fn a_clients_request_id_is_kept_if_well_formed_and_replaced_if_not() {
        let with = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(id.as_bytes()).unwrap());
            RequestId::of(&headers).0
        };
        assert_eq!(with("abc-1.2_3:4"), "abc-1.2_3:4");
        for bad in ["", "a b", "a\"b", "ä", &"x".repeat(129)] {
            assert_ne!(with(bad), bad);
        }
    }

    #[test]
    fn two_hosts_or_none_that_is_one_are_refused() {
        let with = |hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, HeaderValue::from_str(host).unwrap());
            }
            host(&"/x".parse().unwrap(), &headers).map(|host| host.to_string()).ok()
        };
        assert_eq!(with(&["example.org:80"]).as_deref(), Some("example.org:80"));
        assert_eq!(with(&[]).as_deref(), Some("localhost"));
        assert_eq!(with(&["a", "b"]), None);
        assert_eq!(with(&["a b"]), None);
        assert_eq!(with(&[""]), None);
    }
}
