//! What lease holders report on `telemetry.sock`: kept, then acknowledged.

mod bounds;

use std::cell::RefCell;
use std::io::{Seek, Write};
use std::os::fd::AsFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bunbase_packet::{Connection, Error, Listener};
use bunbase_wire::telemetry::{FromTelemetry, Report, ToTelemetry};
use jiff::Timestamp;
use nix::sys::memfd::{MFdFlags, memfd_create};
use tokio::sync::Semaphore;

use crate::registry::Registry;
use crate::telemetry::Telemetry;
use bounds::bounded;

/// Where they go.
#[derive(Debug)]
pub struct Reports {
    /// Says which functions there are.
    pub registry: Rc<RefCell<Registry>>,
    /// Keeps them.
    pub telemetry: Rc<Telemetry>,
}

/// Connections at a time: two holders, one or two that are about to go, and the gateway's scrapes. More wait in the listening socket.
const PLACES: usize = 16;

/// Accepts lease holders as long as ipcd runs.
pub async fn accept(mut listener: Listener, reports: Rc<Reports>) {
    let places = Arc::new(Semaphore::new(PLACES));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok(connection) => {
                let reports = Rc::clone(&reports);
                tokio::task::spawn_local(async move {
                    reports.serve(connection).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::error!(%error, "cannot accept a lease holder");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

impl Reports {
    /// One of them, until it goes. It waits for each answer, so nothing piles up here.
    async fn serve(&self, connection: Connection) {
        loop {
            let answered = match connection.recv::<ToTelemetry>().await {
                Ok(Some((ToTelemetry::Report(report), _))) => {
                    connection.send(&self.take(report), &[]).await
                }
                Ok(Some((ToTelemetry::Scrape {}, _))) => self.scraped(&connection).await,
                Ok(None) => return,
                Err(error) => return tracing::warn!(%error, "a lease holder sent no message"),
            };
            if let Err(error) = answered {
                return tracing::debug!(%error, "a lease holder has gone");
            }
        }
    }

    fn take(&self, report: Report) -> FromTelemetry {
        let number = report.number;
        let registry = self.registry.borrow();
        let report = bounded(report, Timestamp::now(), |name| registry.knows(name).unwrap_or(true));
        drop(registry);
        match self.telemetry.apply(&[report]) {
            Ok(_) => FromTelemetry::Taken { number },
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "what functions wrote can't be kept now");
                FromTelemetry::Later { number }
            }
        }
    }

    async fn scraped(&self, connection: &Connection) -> Result<(), Error> {
        let file = memfd_create(c"metrics", MFdFlags::MFD_CLOEXEC).map_err(std::io::Error::from)?;
        let mut file = std::fs::File::from(file);
        file.write_all(self.telemetry.prometheus().as_bytes())?;
        file.rewind()?;
        connection.send(&FromTelemetry::Scraped {}, &[file.as_fd()]).await
    }
}
