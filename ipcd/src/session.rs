//! Connections of clients: who is let in, and how many.

use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bunbase_daemon::Stop;
use bunbase_lease::{Invoker, Settings};
use bunbase_packet::Listener;
use bunbase_wire::ipc::ErrorCode;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::command::{Services, failed};
use crate::config::Config;
use crate::connection::{self, NO_REQUEST};
use crate::peer::Peer;
use crate::registry::Registry;
use crate::reports::{self, Reports};
use crate::scheduler::{self, Schedulers};
use crate::telemetry::Telemetry;
use crate::turns::Turns;

/// How long what was counted last has to be kept.
const LAST_REPORT: Duration = Duration::from_secs(1);

/// Where everybody comes in.
pub struct Sockets {
    /// Clients.
    pub ipc: std::os::unix::net::UnixListener,
    /// schedulerd.
    pub scheduler: OwnedFd,
    /// Lease holders, with what has happened.
    pub reports: OwnedFd,
}

/// Serves until told to stop, then lets the sessions finish what they have begun.
pub async fn run(
    sockets: Sockets,
    registry: Registry,
    telemetry: Telemetry,
    config: Config,
    stop: Stop,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let registry = Rc::new(RefCell::new(registry));
    let schedulers = Rc::<RefCell<Schedulers>>::default();
    let Sockets { ipc, scheduler, reports } = sockets;
    let answer =
        scheduler::accept(Listener::new(scheduler)?, Rc::clone(&registry), Rc::clone(&schedulers));
    tokio::task::spawn_local(answer);
    let telemetry = Rc::new(telemetry);
    let to = Reports { registry: Rc::clone(&registry), telemetry: Rc::clone(&telemetry) };
    tokio::task::spawn_local(reports::accept(Listener::new(reports)?, Rc::new(to)));
    let settings = Settings {
        socket: config.lease_socket.clone(),
        quiet: config.quiet.duration(),
        telemetry: config.telemetry_socket.clone(),
    };
    let places = Arc::new(Semaphore::new(config.max_sessions as usize));
    let (invoker, turns) = (Invoker::start(settings), Turns::default());
    let begun = Instant::now();
    let services = Rc::new(Services {
        registry,
        telemetry,
        schedulers,
        invoker,
        turns,
        config,
        presence: Rc::default(),
        begun,
    });
    accept(UnixListener::from_std(ipc)?, services, places, stop).await
}

async fn accept(
    listener: UnixListener,
    services: Rc<Services>,
    places: Arc<Semaphore>,
    stop: Stop,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = sessions.join_next() => {}
            accepted = next_client(&listener, &places) => match accepted {
                Ok((stream, place)) => {
                    sessions.spawn_local(serve(stream, Rc::clone(&services), stop.clone(), place));
                }
                Err(error) => {
                    tracing::error!(%error, "cannot accept a client");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    while sessions.join_next().await.is_some() {}
    if tokio::time::timeout(LAST_REPORT, services.invoker.all_told()).await.is_err() {
        tracing::warn!("what was counted last is lost");
    }
    Ok(())
}

/// The next client, once there is a place for it.
async fn next_client(
    listener: &UnixListener,
    places: &Arc<Semaphore>,
) -> io::Result<(UnixStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

async fn serve(
    stream: UnixStream,
    services: Rc<Services>,
    stop: Stop,
    _place: OwnedSemaphorePermit,
) {
    let peer = match Peer::of(&stream) {
        Ok(peer) => peer,
        Err(error) => return tracing::warn!(%error, "cannot tell who has connected"),
    };
    if peer.may_call() {
        let _presence = Rc::clone(&services.presence);
        return connection::serve(stream, services, stop).await;
    }
    tracing::warn!(peer = peer.uid.as_raw(), "refused: neither root nor of the group bunbase");
    let message = "only root and members of the group \"bunbase\" may do this; \
                   an administrator adds you with: adduser YOU bunbase";
    connection::refuse(stream, (NO_REQUEST, failed(ErrorCode::Denied, message))).await;
}
