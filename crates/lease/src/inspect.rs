//! How workers are confined here, as schedulerd says.

use std::path::Path;
use std::time::Duration;

use bunbase_packet::{Connection, Error};
use bunbase_wire::cage::{LayerReport, LayerState};
use bunbase_wire::lease::{FromScheduler, ToScheduler};
use tokio::time::timeout;

/// schedulerd may have to be started first.
const PATIENCE: Duration = Duration::from_secs(5);

/// How workers are confined.
#[derive(Debug, Clone)]
pub struct Cage {
    /// The layers, in the order in which they are put on.
    pub layers: Vec<LayerReport>,
    /// How the memory of Bun's workers is bounded: for people.
    pub bun_memory: String,
}

impl Cage {
    /// Asks schedulerd, on a connection of its own to `lease.sock`.
    ///
    /// # Errors
    /// When it can't be reached or does not answer.
    pub async fn inspect(socket: &Path) -> Result<Self, Error> {
        let asked = timeout(PATIENCE, ask(socket)).await;
        asked.unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
    }

    /// The first layer in this state.
    #[must_use]
    pub fn first(&self, state: LayerState) -> Option<&LayerReport> {
        self.layers.iter().find(|report| report.state == state)
    }
}

async fn ask(socket: &Path) -> Result<Cage, Error> {
    let connection = Connection::connect(socket).await?;
    connection.send(&ToScheduler::Inspect {}, &[]).await?;
    match connection.recv::<FromScheduler>().await? {
        Some((FromScheduler::Cage { layers, bun_memory }, _)) => Ok(Cage { layers, bun_memory }),
        _ => Err(std::io::Error::other("no answer to what was asked").into()),
    }
}
