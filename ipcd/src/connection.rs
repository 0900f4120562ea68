//! One connection of a client: frames in, answers out, several requests in flight.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use bunbase_daemon::Stop;
use bunbase_wire::ipc::{Acknowledged, Decoder, ErrorCode, Frame, FrameError, Kind, encode};
use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinError;

use crate::caller::{Caller, Inlet, Letter, Outlet};
use crate::command::{Answer, Services, failed};
use crate::requests::{Ends, Misused, Requests};

/// Requests in flight on one connection; further ones are refused.
const IN_FLIGHT: usize = 64;

/// Free bytes in the buffer before each read.
const ROOM: usize = 64 * 1024;

/// The id of answers to what could not be understood.
pub const NO_REQUEST: u32 = 0;

/// Serves it until the client ends, sends rubbish, or we are to stop and all that it has asked for is answered.
pub async fn serve(stream: UnixStream, services: Rc<Services>, stop: Stop) {
    let (reader, writer) = stream.into_split();
    let (outbox, letters) = mpsc::channel(IN_FLIGHT);
    let (acks, owed) = mpsc::unbounded_channel();
    let write = tokio::task::spawn_local(write(writer, letters, owed));
    let session = Session {
        services,
        stop,
        outbox,
        acks,
        requests: Rc::default(),
        quiet: Rc::default(),
        places: Arc::new(Semaphore::new(IN_FLIGHT)),
    };
    if let Err(misused) = session.read(reader).await {
        tracing::warn!(error = %misused, "a client broke the protocol; its session is closed");
        let answer = failed(ErrorCode::BadRequest, &misused.to_string());
        let _ = session.outbox.send((NO_REQUEST, answer)).await;
    }
    session.requests.borrow_mut().client_is_silent();
    drop(session);
    let _ = write.await;
}

/// Answers somebody who may ask for nothing.
pub async fn refuse(stream: UnixStream, letter: Letter) {
    let (_reader, mut writer) = stream.into_split();
    // One who has gone needs no answer.
    let _ = send(&mut writer, letter, &mut BytesMut::new()).await;
}

struct Session {
    services: Rc<Services>,
    stop: Stop,
    outbox: mpsc::Sender<Letter>,
    acks: mpsc::UnboundedSender<(u32, usize)>,
    requests: Rc<RefCell<Requests>>,
    /// A request is over.
    quiet: Rc<Notify>,
    places: Arc<Semaphore>,
}

impl Session {
    /// Never waits for anything but the client: what it acknowledges and cancels may be what others wait for.
    async fn read(&self, mut reader: OwnedReadHalf) -> Result<(), Misused> {
        let mut decoder = Decoder::default();
        loop {
            if self.stop.is_cancelled() && self.requests.borrow().is_empty() {
                return Ok(());
            }
            let frame = tokio::select! {
                () = self.stop.cancelled(), if !self.stop.is_cancelled() => continue,
                () = self.quiet.notified() => continue,
                frame = next_frame(&mut reader, &mut decoder) => frame?,
            };
            match frame {
                Some(frame) => self.take(frame).await?,
                None => return Ok(()),
            }
        }
    }

    async fn take(&self, frame: Frame) -> Result<(), Misused> {
        match frame.kind {
            Kind::Chunk => self.requests.borrow().chunk(frame),
            Kind::Ack => self.requests.borrow().acknowledged(&frame),
            Kind::Cancel => {
                self.requests.borrow_mut().over(frame.id);
                Ok(())
            }
            _ => self.begin(frame).await,
        }
    }

    async fn begin(&self, frame: Frame) -> Result<(), Misused> {
        let refusal = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(_) if self.stop.is_cancelled() => {
                "ipcd is stopping; try again in a moment".to_owned()
            }
            Ok(place) => {
                let ends = self.requests.borrow_mut().begin(frame.id)?;
                self.execute(frame, ends, place);
                return Ok(());
            }
            Err(_) => {
                format!("{IN_FLIGHT} requests are in flight on this connection; wait for an answer")
            }
        };
        let _ = self.outbox.send((frame.id, failed(ErrorCode::Unavailable, &refusal))).await;
        Ok(())
    }

    fn execute(&self, frame: Frame, ends: Ends, place: OwnedSemaphorePermit) {
        let Ends { parts, under_way, window, cancelled } = ends;
        let (id, outbox) = (frame.id, self.outbox.clone());
        let caller = Caller {
            outlet: Outlet { id, outbox: outbox.clone(), window },
            inlet: Inlet { id, parts, under_way, taken: 0, acks: self.acks.clone() },
            stop: self.stop.clone(),
        };
        let (services, requests) = (Rc::clone(&self.services), Rc::clone(&self.requests));
        let quiet = Rc::clone(&self.quiet);
        tokio::task::spawn_local(async move {
            let answered =
                tokio::task::spawn_local(answer(services, frame, caller, cancelled)).await;
            // Whatever is wrong with one command, its client is not to wait for ever.
            if let Some(answer) = answered.unwrap_or_else(|broken| Some(panicked(&broken))) {
                // Its id is free again when the client sees the answer.
                requests.borrow_mut().over(id);
                let _ = outbox.send((id, answer)).await;
            }
            quiet.notify_one();
            drop(place);
        });
    }
}

/// The answer, unless nobody wants it any more: then the command is dropped, and with it what it had begun.
async fn answer(
    services: Rc<Services>,
    frame: Frame,
    caller: Caller,
    cancelled: oneshot::Receiver<()>,
) -> Option<Answer> {
    let outbox = caller.outlet.outbox.clone();
    tokio::select! {
        // Its id may be somebody else's by now: an answer that is ready is dropped, too.
        biased;
        _ = cancelled => None,
        answer = services.execute(frame, caller) => Some(answer),
        () = outbox.closed() => None,
    }
}

fn panicked(broken: &JoinError) -> Answer {
    tracing::error!(error = %broken, "a command has failed in a way that it must not");
    failed(ErrorCode::Internal, "ipcd has made a mistake; its log has more")
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

async fn write(
    mut writer: OwnedWriteHalf,
    mut letters: mpsc::Receiver<Letter>,
    mut owed: mpsc::UnboundedReceiver<(u32, usize)>,
) {
    let mut out = BytesMut::new();
    loop {
        let letter = tokio::select! {
            biased;
            Some((id, bytes)) = owed.recv() => {
                let ack = Acknowledged { bytes: bytes as u64 };
                (id, Answer::new(Kind::Ack, &ack, Bytes::new()))
            }
            letter = letters.recv() => match letter {
                Some(letter) => letter,
                None => return,
            },
        };
        if send(&mut writer, letter, &mut out).await.is_err() {
            return;
        }
    }
}

async fn send(
    writer: &mut OwnedWriteHalf,
    (id, answer): Letter,
    out: &mut BytesMut,
) -> io::Result<()> {
    out.clear();
    if encode(answer.kind, id, &answer.json, &answer.raw, out).is_err() {
        let answer = failed(ErrorCode::Invalid, "the answer is too large for a frame");
        encode(answer.kind, id, &answer.json, &[], out).expect("a short frame fits");
    }
    writer.write_all(out).await
}
