//! Which path is what.

use bunbase_lease::{Cage, Invoker};
use bunbase_wire::cage::LayerState;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;

use crate::admit::{self, PREFIX, RequestId, Room};
use crate::body::Body;
use crate::config::Config;
use crate::forward;
use crate::metrics::{self, Scrapes};
use crate::respond::{Problem, Refusal};

/// What all connections share.
#[derive(Debug)]
pub struct Gateway {
    /// Runs functions.
    pub invoker: Invoker,
    /// Room for bodies.
    pub room: Room,
    /// What /metrics has said last.
    pub scrapes: Scrapes,
    /// The settings.
    pub config: Config,
}

const ABOUT: &str = "BunBase Functions. Functions answer at /functions/NAME; /health, /ready and /metrics tell of this gateway.\n";

/// Answers one request of the client with this address, whatever it is.
pub async fn route(gateway: &Gateway, peer: &str, request: Request<Incoming>) -> Response<Body> {
    let id = RequestId::of(request.headers());
    let path = request.uri().path();
    let mut response = match path {
        "/" => reading(&request, || text(StatusCode::OK, ABOUT), &id),
        "/health" => reading(&request, || text(StatusCode::OK, "ok\n"), &id),
        "/metrics" => metrics(gateway, &request, &id).await,
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

/// Whether functions can be served: schedulerd answers, and no layer of the cage is missing that must be there.
async fn ready(gateway: &Gateway, request: &Request<Incoming>, id: &RequestId) -> Response<Body> {
    match Cage::inspect(&gateway.config.lease_socket).await {
        Ok(cage) => match cage.first(LayerState::Missing) {
            Some(report) => {
                let layer = report.layer.clone();
                Refusal::CageMissing { layer }.problem().response(id)
            }
            None => reading(request, || text(StatusCode::OK, readiness(&cage)), id),
        },
        Err(error) => {
            tracing::warn!(%error, "not ready: schedulerd does not answer");
            Problem::from(Refusal::NotReady).response(id)
        }
    }
}

/// Ready, and what that is without.
fn readiness(cage: &Cage) -> String {
    let accepted = cage.layers.iter().filter(|report| report.state == LayerState::Accepted);
    let without =
        accepted.map(|report| format!("the cage is without {}: {}\n", report.layer, report.detail));
    std::iter::once("ready\n".to_owned()).chain(without).collect()
}

/// What is counted here and at ipcd.
async fn metrics(gateway: &Gateway, request: &Request<Incoming>, id: &RequestId) -> Response<Body> {
    let mut response = reading(request, || text(StatusCode::OK, ""), id);
    if response.status() == StatusCode::OK {
        let (kills, socket) = (gateway.invoker.kills(), &gateway.config.telemetry_socket);
        *response.body_mut() = Body::from(gateway.scrapes.text(&kills, socket).await);
        response.headers_mut().insert(header::CONTENT_TYPE, metrics::CONTENT_TYPE);
    }
    response
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::from(text.into()));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
