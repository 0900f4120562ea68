//! A bare hyper server with the benchmark's three answers, on one thread: the floor for whatever is built on hyper.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

type Answer = hyper::Result<Response<BoxBody<Bytes, hyper::Error>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok());
    let port = port.ok_or_else(|| io::Error::other("PORT names no port"))?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let served =
                http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
            // A client that leaves is no failure of ours.
            let _ = served.await;
        });
    }
}

async fn answer(request: Request<Incoming>) -> Answer {
    match request.uri().path() {
        "/functions/hello" => hello(&request),
        "/functions/echo" => whole(
            StatusCode::OK,
            "application/octet-stream",
            request.into_body().collect().await?.to_bytes(),
        ),
        "/functions/echo-stream" => {
            let mut response = Response::new(request.into_body().boxed());
            set_type(&mut response, "application/octet-stream");
            Ok(response)
        }
        _ => whole(StatusCode::NOT_FOUND, "text/plain", Bytes::from_static(b"not found")),
    }
}

fn hello(request: &Request<Incoming>) -> Answer {
    let query = request.uri().query().unwrap_or_default();
    let name = query.split('&').find_map(|pair| pair.strip_prefix("name=")).unwrap_or("world");
    let text = serde_json::json!(BTreeMap::from([("hello", name)])).to_string();
    whole(StatusCode::OK, "application/json", text.into())
}

fn whole(status: StatusCode, kind: &'static str, body: Bytes) -> Answer {
    let mut response = Response::new(Full::new(body).map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    set_type(&mut response, kind);
    Ok(response)
}

fn set_type<B>(response: &mut Response<B>, kind: &'static str) {
    let kind = hyper::header::HeaderValue::from_static(kind);
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
}
