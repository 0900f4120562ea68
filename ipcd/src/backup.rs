//! BACKUP: one state of everything, sent while it is packed.

use std::sync::Arc;

use bunbase_wire::ipc::{BackupAnswer, ErrorCode, Part};
use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::archive::{NotPacked, Sink, Snapshot, pipe};
use crate::caller::Outlet;
use crate::command::{Answer, Services, failed};

/// Backups and restores at a time: each has a thread.
static PLACES: Semaphore = Semaphore::const_new(4);

/// One of those places.
pub fn place() -> Result<SemaphorePermit<'static>, Answer> {
    let busy = "four backups and restores are under way; try again when one is over";
    PLACES.try_acquire().map_err(|_| failed(ErrorCode::Unavailable, busy))
}

/// Does work that blocks, on a thread of its own.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Answer> {
    let panicked = |error| failed(ErrorCode::Internal, &format!("ipcd has failed: {error}"));
    tokio::task::spawn_blocking(work).await.map_err(panicked)
}

impl Services {
    /// Sends a backup. What is changed meanwhile is not in it.
    pub async fn backup(&self, outlet: Outlet) -> Result<Answer, Answer> {
        let _place = place()?;
        let _stay = self.turns.stay().await?;
        let state = self.config.state.clone();
        let snapshot = Arc::new(blocking(move || Snapshot::take(&state)).await?.map_err(answer)?);
        let (sender, mut parts) = pipe();
        let packed = Arc::clone(&snapshot);
        let packing = blocking(move || packed.pack(Sink::from(sender)));
        let sending = async {
            let mut bytes = 0;
            while let Some(part) = parts.recv().await {
                bytes += part.len() as u64;
                outlet.chunk(&Part::default(), part).await?;
            }
            // Who packs for one who has gone stops.
            drop(parts);
            Ok::<_, Answer>(bytes)
        };
        let (packed, sent) = tokio::join!(packing, sending);
        let bytes = sent?;
        packed?.map_err(answer)?;
        let (functions, versions) = (snapshot.functions, snapshot.versions);
        tracing::info!(event = "backed_up", functions, versions, bytes, "a backup was made");
        Ok(Answer::ok(&BackupAnswer { functions, versions, bytes }, Bytes::new()))
    }
}

fn answer(error: NotPacked) -> Answer {
    match error {
        NotPacked::Registry(error) => error.into(),
        NotPacked::Damaged(_) => failed(ErrorCode::Internal, &error.to_string()),
        NotPacked::Io(cause) => {
            failed(ErrorCode::Internal, &format!("cannot write the backup: {cause}"))
        }
    }
}
