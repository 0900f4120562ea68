//! What a request must be before it gets anywhere: a known shape of path, host and id, a body within bounds.

use std::sync::Arc;

use bunbase_lease::Upload;
use bunbase_lease::is_request_id;
use bunbase_manifest::{ByteSize, Name};
use bytes::Bytes;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, Version, header};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;
use uuid::Uuid;

use crate::canonical::is_canonical;
use crate::config::Config;
use crate::respond::Refusal;
use crate::upload::{Why, upload};

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's own id: the client's if it is well-formed, else a new UUIDv7.
#[derive(Debug, Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id for a request with these headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let is_good = |value: &&HeaderValue| value.to_str().is_ok_and(is_request_id);
        let given = headers.get(REQUEST_ID).filter(is_good);
        given.cloned().map_or_else(Self::new, Self)
    }

    fn new() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let text = Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
        Self(HeaderValue::from_str(text).expect("a UUID is digits, letters and hyphens"))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("an id is letters, digits and a few signs")
    }

    /// As a header.
    pub fn value(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// The path of all functions.
pub const PREFIX: &str = "/functions/";

/// Where a request goes: `/functions/NAME/rest?query`.
#[derive(Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The function.
    pub function: Name,
    /// The path down to the function.
    pub prefix: &'a str,
    /// Path and query as the function sees them, perhaps without the slash that they begin with.
    pub rest: &'a str,
}

/// Takes a path apart.
pub fn target(uri: &Uri) -> Result<Target<'_>, Refusal> {
    let path = uri.path_and_query().map_or("", PathAndQuery::as_str);
    let after = path.strip_prefix(PREFIX).unwrap_or_default();
    let (name, _) = after.split_at(after.find(['/', '?']).unwrap_or(after.len()));
    let function: Name =
        name.parse().map_err(|_| Refusal::NoSuchFunction { name: name.to_owned() })?;
    let (prefix, rest) = path.split_at(PREFIX.len() + name.len());
    Ok(Target { function, prefix, rest })
}

/// The URL that the function sees: the host that the client asked for, then path and query.
pub fn url(head: &Parts, rest: &str) -> Result<String, Refusal> {
    let host = host(head)?;
    let slash = if rest.starts_with('/') { "" } else { "/" };
    let text = ["http://", host, slash, rest].concat();
    if is_canonical(host, rest) {
        return Ok(text);
    }
    let bad = |_| Refusal::BadRequest { what: "the Host header and the path make no URL" };
    let url = Url::parse(&text).map_err(bad)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::BadRequest { what: "a Host header has no user and no password" });
    }
    Ok(url.into())
}

fn host(head: &Parts) -> Result<&str, Refusal> {
    if let Some(authority) = head.uri.authority() {
        return Ok(authority.as_str());
    }
    let mut hosts = head.headers.get_all(header::HOST).iter();
    match (hosts.next().map(HeaderValue::to_str), hosts.next()) {
        (Some(Ok(host)), None) if !host.is_empty() && !host.contains(['/', '?', '#']) => Ok(host),
        // RFC 9112, 3.2: only before HTTP/1.1 may it be missing.
        (None, None) if head.version < Version::HTTP_11 => Ok("localhost"),
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

/// An answer and the room that it takes.
struct HeldBody {
    body: Bytes,
    _taken: Taken,
}

impl AsRef<[u8]> for HeldBody {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// Answers below this go into the socket's own buffer and are not counted.
const SMALL: usize = 64 * 1024;

/// What room is counted in: a semaphore's permits are 32 bits.
const UNIT: u64 = 1024;

impl Room {
    /// Room for so many bytes.
    pub fn new(limit: ByteSize) -> Self {
        let units = usize::try_from(limit.get() / UNIT).unwrap_or(usize::MAX);
        Self { free: Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))), limit }
    }

    /// The same body, with the room that it takes until its last byte has been sent.
    pub fn hold(&self, body: Bytes) -> Result<Bytes, Refusal> {
        if body.len() < SMALL {
            return Ok(body);
        }
        let taken = self.take(body.len() as u64)?;
        Ok(Bytes::from_owner(HeldBody { body, _taken: taken }))
    }

    /// Takes room for a body of at most so many bytes, at once or not at all.
    fn take(&self, bytes: u64) -> Result<Taken, Refusal> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.free).try_acquire_many_owned(units);
        permit.map(|permit| Taken(Some(permit))).map_err(|_| Refusal::NoRoom { limit: self.limit })
    }
}

/// Bodies up to this are read before a worker is asked for: a slow client keeps none busy.
const READ_AHEAD: u64 = 256 * 1024;

/// What a body takes that is passed on as it comes: what is under way to the worker, and what came with it.
const UNDER_WAY: u64 = 512 * 1024;

/// A body that was not sent to its end, or not as HTTP.
pub const BROKEN_OFF: Refusal = Refusal::BadRequest { what: "the body broke off or is malformed" };

/// The body of a request.
pub enum Admitted {
    /// All of it, and the room that it takes.
    Whole(Bytes, Taken),
    /// It comes by and by.
    Coming(Upload, Why),
}

/// Admits a body within the gateway's bounds.
pub async fn body(body: Incoming, config: &Config, room: &Room) -> Result<Admitted, Refusal> {
    if body.is_end_stream() {
        return Ok(Admitted::Whole(Bytes::new(), Taken(None)));
    }
    let limit = config.max_body;
    let length = body.size_hint();
    if length.lower() > limit.get() {
        return Err(too_large(limit));
    }
    let Some(length) = length.exact().filter(|length| *length <= READ_AHEAD) else {
        let (upload, why) = upload(body, config, room.take(UNDER_WAY)?);
        return Ok(Admitted::Coming(upload, why));
    };
    let taken = room.take(length)?;
    match tokio::time::timeout(config.body_timeout.duration(), body.collect()).await {
        Ok(Ok(collected)) => Ok(Admitted::Whole(collected.to_bytes(), taken)),
        Ok(Err(_)) => Err(BROKEN_OFF),
        Err(_) => Err(Refusal::BodyTimeout { limit: config.body_timeout }),
    }
}

/// The refusal of a body that is larger than this.
pub fn too_large(limit: ByteSize) -> Refusal {
    Refusal::BodyTooLarge { limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(uri: &str) -> Option<(String, String)> {
        let uri = uri.parse().unwrap();
        let target = target(&uri).ok()?;
        assert_eq!(target.prefix, format!("/functions/{}", target.function));
        Some((target.function.to_string(), target.rest.to_owned()))
    }

    #[test]
    fn the_function_sees_the_path_without_the_prefix() {
        let is = |name: &str, path: &str| Some((name.to_owned(), path.to_owned()));
        assert_eq!(path_of("/functions/hello"), is("hello", ""));
        assert_eq!(path_of("/functions/hello/"), is("hello", "/"));
        assert_eq!(path_of("/functions/hello?a=1&b"), is("hello", "?a=1&b"));
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
            RequestId::of(&headers).as_str().to_owned()
        };
        assert_eq!(with("abc-1.2_3:4"), "abc-1.2_3:4");
        for bad in ["", "a b", "a\"b", "ä", &"x".repeat(129)] {
            assert_ne!(with(bad), bad);
        }
    }

    fn url_of(hosts: &[&str], version: Version, path: &str) -> Option<String> {
        let mut request = http::Request::builder().version(version);
        for host in hosts {
            request = request.header("host", *host);
        }
        url(&request.body(()).unwrap().into_parts().0, path).ok()
    }

    #[test]
    fn a_host_that_is_none_is_refused_before_a_function_stumbles_over_it() {
        let of = |host: &str| url_of(&[host], Version::HTTP_11, "/a?b");
        assert_eq!(of("example.org:81").as_deref(), Some("http://example.org:81/a?b"));
        for bad in ["", "a b", "a:99999", "a:x", "256.1.1.1", "u:p@a", "a/b", "a?b"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn without_a_slash_behind_its_name_a_function_sees_one_all_the_same() {
        let of = |rest: &str| url_of(&["a"], Version::HTTP_11, rest);
        assert_eq!(of("").as_deref(), Some("http://a/"));
        assert_eq!(of("?b").as_deref(), Some("http://a/?b"));
        assert_eq!(of("?b c").as_deref(), Some("http://a/?b%20c"));
    }

    #[test]
    fn one_host_is_needed_since_http_1_1() {
        assert_eq!(url_of(&["a", "b"], Version::HTTP_11, "/"), None);
        assert_eq!(url_of(&[], Version::HTTP_11, "/"), None);
        assert_eq!(url_of(&[], Version::HTTP_10, "/").as_deref(), Some("http://localhost/"));
    }

    #[test]
    fn a_function_never_sees_a_path_above_its_root() {
        let seen = url_of(&["a"], Version::HTTP_11, "/../../etc/./x");
        assert_eq!(seen.as_deref(), Some("http://a/etc/x"));
    }

    #[test]
    fn room_is_free_again_when_the_last_of_an_answer_is_gone() {
        let room = Room::new(ByteSize::new(256 * 1024));
        let answer = || Bytes::from(vec![0; 200 * 1024]);
        let held = room.hold(answer()).unwrap();
        let part = held.slice(100..);
        assert!(room.hold(answer()).is_err());
        assert!(room.hold(Bytes::from_static(b"small")).is_ok());
        drop(held);
        assert!(room.hold(answer()).is_err());
        drop(part);
        assert!(room.hold(answer()).is_ok());
    }
}
