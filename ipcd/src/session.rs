//! Connections of clients: frames in, answers out, several requests in flight on each.

use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use bunbase_daemon::Stop;
use bunbase_lease::{Invoker, Settings};
use bunbase_packet::Listener;
use bunbase_wire::ipc::{Decoder, ErrorCode, Frame, FrameError, encode};
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::command::{Answer, Services, failed};
use crate::config::Config;
use crate::peer::Peer;
use crate::registry::Registry;
use crate::scheduler::{self, Schedulers};
use crate::turns::Turns;

/// Requests in flight on one connection; further ones are not read before one is answered.
const IN_FLIGHT: usize = 64;

/// Free bytes in the buffer before each read.
const ROOM: usize = 64 * 1024;

/// The id of answers to what could not be understood.
const NO_REQUEST: u32 = 0;

type Letter = (u32, Answer);

/// Serves until told to stop, then lets the sessions finish what they have begun.
pub async fn run(
    ipc: std::os::unix::net::UnixListener,
    scheduler: OwnedFd,
    registry: Registry,
    config: Config,
    stop: Stop,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let registry = Rc::new(RefCell::new(registry));
    let schedulers = Rc::<RefCell<Schedulers>>::default();
    let answer =
        scheduler::accept(Listener::new(scheduler)?, Rc::clone(&registry), Rc::clone(&schedulers));
    tokio::task::spawn_local(answer);
    let settings = Settings { socket: config.lease_socket.clone(), quiet: config.quiet.duration() };
    let places = Arc::new(Semaphore::new(config.max_sessions as usize));
    let (invoker, turns) = (Invoker::start(settings), Turns::default());
    let services = Rc::new(Services { registry, schedulers, invoker, turns, config });
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
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
        }
    }
    while sessions.join_next().await.is_some() {}
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
    let (reader, writer) = stream.into_split();
    let (outbox, letters) = mpsc::channel(IN_FLIGHT);
    let write = tokio::task::spawn_local(write(writer, letters));
    if peer.may_call() {
        read(reader, &services, &outbox, &stop).await;
    } else {
        tracing::warn!(peer = peer.uid.as_raw(), "refused: neither root nor of the group bunbase");
        let message = "only root and members of the group \"bunbase\" may do this; \
                       an administrator adds you with: adduser YOU bunbase";
        let _ = outbox.send((NO_REQUEST, failed(ErrorCode::Denied, message))).await;
    }
    drop(outbox);
    let _ = write.await;
}

/// Reads frames until the client ends, sends rubbish, or we are to stop.
async fn read(
    mut reader: OwnedReadHalf,
    services: &Rc<Services>,
    outbox: &mpsc::Sender<Letter>,
    stop: &Stop,
) {
    let mut decoder = Decoder::default();
    let in_flight = Arc::new(Semaphore::new(IN_FLIGHT));
    loop {
        let frame = tokio::select! {
            () = stop.cancelled() => return,
            frame = next_frame(&mut reader, &mut decoder) => frame,
        };
        match frame {
            Ok(Some(frame)) => {
                let Ok(permit) = Arc::clone(&in_flight).acquire_owned().await else { return };
                let (services, outbox) = (Rc::clone(services), outbox.clone());
                tokio::task::spawn_local(execute(services, frame, outbox, permit));
            }
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "a client sent no frame; its session is closed");
                let answer = failed(ErrorCode::BadRequest, &error.to_string());
                let _ = outbox.send((NO_REQUEST, answer)).await;
                return;
            }
        }
    }
}

async fn execute(
    services: Rc<Services>,
    frame: Frame,
    outbox: mpsc::Sender<Letter>,
    _permit: OwnedSemaphorePermit,
) {
    let id = frame.id;
    // Nobody reads any more: the call is dropped, and with it what it had begun.
    tokio::select! {
        answer = services.execute(frame) => { let _ = outbox.send((id, answer)).await; }
        () = outbox.closed() => {}
    }
}

async fn next_frame(
    reader: &mut OwnedReadHalf,
    decoder: &mut Decoder,
) -> Result<Option<Frame>, FrameError> {
    loop {
        if let Some(frame) = decoder.next_frame()? {
            return Ok(Some(frame));
        }
        decoder.buffer().reserve(ROOM);
        match reader.read_buf(decoder.buffer()).await {
            Ok(0) | Err(_) => return Ok(None),
            Ok(_) => {}
        }
    }
}

async fn write(mut writer: OwnedWriteHalf, mut letters: mpsc::Receiver<Letter>) {
    let mut out = BytesMut::new();
    while let Some((id, answer)) = letters.recv().await {
        out.clear();
        if encode(answer.kind, id, &answer.json, &answer.raw, &mut out).is_err() {
            let answer = failed(ErrorCode::Invalid, "the answer is too large for a frame");
            encode(answer.kind, id, &answer.json, &[], &mut out).expect("a short frame fits");
        }
        if writer.write_all(&out).await.is_err() {
            return;
        }
    }
}
