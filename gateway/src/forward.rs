//! A request to a function and the answer back.

use std::net::SocketAddr;
use std::time::Instant;

use bunbase_lease::{Call, Failure, Timings, header_value};
use bunbase_manifest::Name;
use bunbase_wire::worker::Header;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::admit::{self, Admitted, RequestId};
use crate::body::Body;
use crate::respond::{Problem, Refusal};
use crate::route::Gateway;
use crate::upload::Why;

/// Headers between two neighbours only (RFC 9110, 7.6.1); hyper makes its own.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

const FORWARDED_PREFIX: &str = "x-forwarded-prefix";
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Runs the function that a request is for.
pub async fn forward(
    gateway: &Gateway,
    peer: SocketAddr,
    request: Request<Incoming>,
    id: &RequestId,
) -> Response<Body> {
    let begun = Instant::now();
    let outcome = run(gateway, peer, request, id).await;
    let duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    match outcome {
        Ok((function, response)) => {
            let status = response.status().as_u16();
            tracing::debug!(
                request_id = id.as_str(),
                function = function.as_str(),
                status,
                duration_us,
                "answered"
            );
            response
        }
        Err(problem) => {
            problem.log(id, duration_us);
            problem.response(id)
        }
    }
}

async fn run(
    gateway: &Gateway,
    peer: SocketAddr,
    request: Request<Incoming>,
    id: &RequestId,
) -> Result<(Name, Response<Body>), Problem> {
    let (head, body) = request.into_parts();
    let target = admit::target(&head.uri)?;
    let function = target.function;
    let refused = |refusal: Refusal| Problem::from(refusal).of(&function);
    let url = admit::url(&head, &target.path).map_err(refused)?;
    let headers = to_function(&head.headers, &function, peer, id);
    let read = admit::body(body, &gateway.config, &gateway.room).await;
    let (body, upload, why, _taken) = match read.map_err(refused)? {
        Admitted::Whole(body, taken) => (body, None, Why::default(), Some(taken)),
        Admitted::Coming(upload, why) => (Bytes::new(), Some(upload), why, None),
    };
    let call = Call {
        function: function.clone(),
        request_id: id.as_str().to_owned(),
        method: head.method.as_str().to_owned(),
        url,
        headers,
        body,
        upload,
    };
    let reply = gateway.invoker.invoke(call).await;
    let because = |failure| why.take().unwrap_or(Refusal::Failed(failure));
    let reply = reply.map_err(|failure| refused(because(failure)))?;
    let (body, head) = (reply.body, (reply.status, reply.headers, reply.timings));
    let body = match body {
        // A whole body is in memory until the client has read it; a stream's function waits instead.
        bunbase_lease::Body::Whole(bytes) => Body::from(gateway.room.hold(bytes).map_err(refused)?),
        bunbase_lease::Body::Stream(parts) => Body::Stream(parts),
    };
    let response = to_client(head, body).map_err(|failure| refused(Refusal::Failed(failure)))?;
    Ok((function, response))
}

/// A header's value as a string with a character for each byte: what `Headers` of the Web APIs holds. The way
/// back is `header_value`.
fn text_of(value: &HeaderValue) -> String {
    value.as_bytes().iter().map(|byte| char::from(*byte)).collect()
}

/// The headers that the function sees. What a client says of proxies before us is not believed.
fn to_function(
    headers: &HeaderMap,
    function: &Name,
    peer: SocketAddr,
    id: &RequestId,
) -> Vec<Header> {
    let named = named_by_connection(headers);
    let ours = |name: &HeaderName| {
        HOP_BY_HOP.contains(name)
            || named.contains(name)
            || *name == admit::REQUEST_ID
            || name.as_str().starts_with("x-forwarded-")
    };
    let mut list = Vec::with_capacity(headers.len() + 4);
    for (name, value) in headers.iter().filter(|(name, _)| !ours(name)) {
        list.push((name.as_str().to_owned(), text_of(value)));
    }
    list.push((FORWARDED_PREFIX.to_owned(), format!("/functions/{function}")));
    list.push(("x-forwarded-for".to_owned(), peer.ip().to_string()));
    list.push(("x-forwarded-proto".to_owned(), "http".to_owned()));
    list.push((admit::REQUEST_ID.as_str().to_owned(), id.as_str().to_owned()));
    list
}

/// Headers that `Connection` names are between two neighbours, too (RFC 9110, 7.6.1).
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let names = values.flat_map(|value| value.split(','));
    names.filter_map(|name| name.trim().parse().ok()).collect()
}

/// A function's answer as HTTP. What is no valid header or status is nonsense, and the worker's fault.
fn to_client(
    (status, sent, timings): (u16, Vec<Header>, Timings),
    body: Body,
) -> Result<Response<Body>, Failure> {
    let nonsense = || Failure::Nonsense;
    let status = StatusCode::from_u16(status).ok().filter(|status| status.as_u16() >= 200);
    let mut response = Response::new(body);
    *response.status_mut() = status.ok_or_else(nonsense)?;
    let headers = response.headers_mut();
    for (name, value) in sent {
        let name = HeaderName::try_from(name).map_err(|_| nonsense())?;
        let value = header_value(&value).ok_or_else(nonsense)?;
        if !HOP_BY_HOP.contains(&name) && name != header::CONTENT_LENGTH {
            headers.append(name, value);
        }
    }
    headers.append(SERVER_TIMING, timing(timings));
    Ok(response)
}

/// In milliseconds, with three places.
fn timing(timings: Timings) -> HeaderValue {
    let [queue, run] = [timings.queue, timings.run].map(|duration| duration.as_micros());
    let text = format!(
        "queue;dur={}.{:03}, run;dur={}.{:03}",
        queue / 1000,
        queue % 1000,
        run / 1000,
        run % 1000
    );
    HeaderValue::try_from(text).expect("letters and digits are a header")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn reply(status: u16, headers: &[(&str, &str)]) -> Result<Response<Body>, Failure> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let head = (status, headers.iter().map(owned).collect(), Timings::default());
        to_client(head, Body::Whole(None))
    }

    #[test]
    fn a_function_can_neither_split_a_response_nor_send_hop_by_hop_headers() {
        for bad in [
            reply(200, &[("a", "x\r\nb: y")]),
            reply(200, &[("a b", "x")]),
            reply(200, &[("a", "\u{20ac}")]),
            reply(101, &[]),
            reply(99, &[]),
        ] {
            assert_eq!(bad.err(), Some(Failure::Nonsense));
        }
        let sent = [
            ("connection", "close"),
            ("content-length", "7"),
            ("transfer-encoding", "chunked"),
            ("a", "b"),
        ];
        let response = reply(200, &sent).unwrap();
        let names: Vec<&str> = response.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["a", "server-timing"]);
    }

    #[test]
    fn where_the_time_went_is_told_in_milliseconds() {
        let (queue, run) = (Duration::from_micros(7), Duration::from_micros(12_345));
        assert_eq!(timing(Timings { queue, run }), "queue;dur=0.007, run;dur=12.345");
    }

    #[test]
    fn set_cookie_stays_two_headers() {
        let response = reply(200, &[("set-cookie", "a=1"), ("set-cookie", "b=2")]).unwrap();
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    }

    #[test]
    fn what_a_client_says_of_proxies_before_us_is_not_believed() {
        let mut headers = HeaderMap::new();
        for name in ["x-forwarded-for", "x-forwarded-host", "x-request-id", "connection", "accept"]
        {
            headers.insert(name, HeaderValue::from_static("forged"));
        }
        let id = RequestId::of(&HeaderMap::new());
        let peer = "192.0.2.1:1".parse().unwrap();
        let seen = to_function(&headers, &"hello".parse().unwrap(), peer, &id);
        let forged: Vec<_> = seen
            .iter()
            .filter(|(_, value)| value == "forged")
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(forged, ["accept"]);
        assert!(seen.contains(&("x-forwarded-for".to_owned(), "192.0.2.1".to_owned())));
    }
}
