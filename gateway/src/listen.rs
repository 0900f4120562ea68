//! Connections: accepted within the bound, served by hyper, finished in order.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bunbase_daemon::Stop;
use bunbase_lease::{Invoker, Settings};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use nix::sys::socket::{setsockopt, sockopt::TcpUserTimeout};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::admit::Room;
use crate::config::Config;
use crate::metrics::Scrapes;
use crate::route::{self, Gateway};
use crate::socket::Socket;

/// How long ipcd has to take what was counted last.
const LAST_REPORT: Duration = Duration::from_secs(1);

/// Serves until told to stop, then lets every connection finish its request.
pub async fn run(
    http: std::net::TcpListener,
    config: Config,
    stop: Stop,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = TcpListener::from_std(http)?;
    let settings = Settings {
        socket: config.lease_socket.clone(),
        quiet: config.quiet.duration(),
        telemetry: config.telemetry_socket.clone(),
    };
    let places = Arc::new(Semaphore::new(config.max_connections as usize));
    let room = Room::new(config.max_buffered);
    let gateway = Rc::new(Gateway {
        invoker: Invoker::start(settings),
        room,
        scrapes: Scrapes::default(),
        config,
    });
    let graceful = GracefulShutdown::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => match accepted {
                Ok((stream, peer, place)) => {
                    let gateway = Rc::clone(&gateway);
                    tokio::task::spawn_local(serve(stream, peer, gateway, graceful.watcher(), place));
                }
                Err(error) => {
                    tracing::error!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    graceful.shutdown().await;
    if tokio::time::timeout(LAST_REPORT, gateway.invoker.all_told()).await.is_err() {
        tracing::warn!("ipcd does not answer: what was counted last is lost");
    }
    Ok(())
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    gateway: Rc<Gateway>,
    watcher: Watcher,
    _place: OwnedSemaphorePermit,
) {
    // Without it a small answer may wait for the client's ACK; where it can't be set, it only waits.
    let _ = stream.set_nodelay(true);
    let config = &gateway.config;
    // A client that does not read its answer is cut off by the kernel, see tcp(7).
    let patience = u32::try_from(config.body_timeout.get()).unwrap_or(u32::MAX);
    if let Err(error) = setsockopt(&stream, TcpUserTimeout, &patience) {
        tracing::debug!(%peer, %error, "a client that does not read can't be cut off");
    }
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(config.head_timeout.duration())
        .max_buf_size(config.max_head.as_usize())
        .half_close(false);
    let address: Rc<str> = peer.ip().to_string().into();
    let service = service_fn(|request| {
        let (gateway, address) = (Rc::clone(&gateway), Rc::clone(&address));
        async move { Ok::<_, Infallible>(route::route(&gateway, &address, request).await) }
    });
    let connection = http.serve_connection(TokioIo::new(Socket(stream)), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, %error, "connection ended");
    }
}
