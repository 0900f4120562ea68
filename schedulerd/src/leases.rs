//! Connections of lease holders: their packets become events, the pool's answers become packets.

use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};

use bunbase_packet::{Connection, Listener};
use bunbase_wire::lease::{FromScheduler, ToScheduler};
use tokio::sync::mpsc;

use crate::shell::Happening;
use bunbase_pool::event::{Event, HolderId};

/// Answers that may wait for one holder to read them; one that is slower than that is cut off.
const OUTBOX: usize = 1024;

/// An answer and the stream that goes with it.
type Letter = (FromScheduler, Option<OwnedFd>);

/// All connected holders.
#[derive(Debug, Default)]
pub struct Holders {
    outboxes: HashMap<HolderId, mpsc::Sender<Letter>>,
    last: HolderId,
}

impl Holders {
    /// Takes a new connection in and serves it until it ends.
    pub fn connected(&mut self, connection: Connection, happenings: &mpsc::Sender<Happening>) {
        self.last += 1;
        let holder = self.last;
        let (outbox, letters) = mpsc::channel(OUTBOX);
        self.outboxes.insert(holder, outbox);
        tracing::debug!(event = "holder_connected", holder, "a lease holder has connected");
        tokio::task::spawn_local(serve(connection, holder, letters, happenings.clone()));
    }

    /// Sends an answer. A holder that does not read is dropped.
    pub fn send(&mut self, holder: HolderId, message: FromScheduler, stream: Option<OwnedFd>) {
        let Some(outbox) = self.outboxes.get(&holder) else { return };
        if outbox.try_send((message, stream)).is_err() {
            tracing::warn!(
                holder,
                limit = OUTBOX,
                "a lease holder does not read its answers; cut off"
            );
            self.outboxes.remove(&holder);
        }
    }

    /// Forgets a holder whose connection has ended.
    pub fn gone(&mut self, holder: HolderId) {
        self.outboxes.remove(&holder);
    }
}

/// Reads and writes one connection until either side ends it.
async fn serve(
    connection: Connection,
    holder: HolderId,
    letters: mpsc::Receiver<Letter>,
    happenings: mpsc::Sender<Happening>,
) {
    tokio::select! {
        () = read(&connection, holder, &happenings) => {}
        () = write(&connection, letters) => {}
    }
    let _ = happenings.send(Happening::Event(Event::HolderGone { holder })).await;
}

async fn read(connection: &Connection, holder: HolderId, happenings: &mpsc::Sender<Happening>) {
    loop {
        match connection.recv::<ToScheduler>().await {
            Ok(Some((message, _))) => {
                let _ = happenings.send(happening(holder, message)).await;
            }
            Ok(None) => return,
            Err(error) => {
                return tracing::warn!(holder, %error, "a lease holder sent no message; cut off");
            }
        }
    }
}

async fn write(connection: &Connection, mut letters: mpsc::Receiver<Letter>) {
    while let Some((message, stream)) = letters.recv().await {
        if let Err(error) =
            connection.send(&message, stream.as_ref().map(AsFd::as_fd).as_slice()).await
        {
            return tracing::warn!(%error, "a lease holder can't be reached");
        }
    }
}

fn happening(holder: HolderId, message: ToScheduler) -> Happening {
    Event::said(holder, message).map_or(Happening::Inspected { holder }, Happening::Event)
}

/// Accepts holders as long as schedulerd runs.
pub async fn accept(mut listener: Listener, happenings: mpsc::Sender<Happening>) {
    loop {
        match listener.accept().await {
            Ok(connection) => {
                let _ = happenings.send(Happening::HolderConnected(connection)).await;
            }
            Err(error) => {
                tracing::error!(%error, "cannot accept a lease holder");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}
