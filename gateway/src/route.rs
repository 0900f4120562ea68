//! Which path is what.

use std::net::SocketAddr;

use bunbase_lease::Invoker;
use bunbase_packet::Connection;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;

use crate::admit::{self, RequestId, Room};
use crate::body::Body;
use crate::config::Config;
use crate::forward;
use crate::respond::{Problem, Refusal};

/// What all connections share.
#[derive(Debug)]
pub struct Gateway {
    /// Runs functions.
    pub invoker: Invoker,
    /// Room for bodies.
    pub room: Room,
    /// The settings.
    pub config: Config,
}

const PREFIX: &str = "/functions/";

const ABOUT: &str = "BunBase Functions. Functions answer at /functions/NAME; /health and /ready tell of this gateway.\n";

/// Answers one request, whatever it is.
pub async fn route(
    gateway: &Gateway,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Response<Body> {
    let id = RequestId::of(request.headers());
    let path = request.uri().path();
    let mut response = match path {
        "/" => reading(&request, || text(StatusCode::OK, ABOUT), &id),
        "/health" => reading(&request, || text(StatusCode::OK, "ok\n"), &id),
        "/ready" => ready(gateway, &request, &id).await,
        _ => match path.strip_prefix(PREFIX) {
            Some(_) => forward::forward(gateway, peer, request, &id).await,
            None => Refusal::NoSuchPage.problem().response(&id),
        },
    };
    response.headers_mut().insert(admit::REQUEST_ID, id.value());
    response
}

fn reading(
    request: &Request<Incoming>,
    answer: impl FnOnce() -> Response<Body>,
    id: &RequestId,
) -> Response<Body> {
    match *request.method() {
        Method::GET | Method::HEAD => answer(),
        _ => Refusal::MethodNotAllowed { allow: "GET, HEAD" }.problem().response(id),
    }
}

/// Whether functions can be served: schedulerd can be reached.
async fn ready(gateway: &Gateway, request: &Request<Incoming>, id: &RequestId) -> Response<Body> {
    match Connection::connect(&gateway.config.lease_socket).await {
        Ok(_) => reading(request, || text(StatusCode::OK, "ready\n"), id),
        Err(error) => {
            tracing::warn!(%error, "not ready: schedulerd cannot be reached");
            Problem::from(Refusal::NotReady).response(id)
        }
    }
}

fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
