//! The connection to ipcd: a report at a time, sent again until it has arrived.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use bunbase_packet::{Connection, Error};
use bunbase_wire::telemetry::{FromTelemetry, Report, ToTelemetry};
use tokio::time::sleep;
use uuid::Uuid;

use super::{Recorder, since_1970};

/// What happens within this time after the first of it is sent at once.
const GATHER: Duration = Duration::from_millis(100);

/// The same when a line is there: somebody may be watching.
const GATHER_LINES: Duration = Duration::from_millis(20);

/// Between two attempts, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Sends what is recorded as long as the holder lives.
pub(super) async fn send(recorder: Rc<Recorder>, socket: PathBuf) {
    let mut sender = Sender { socket, connection: None };
    let epoch = Uuid::now_v7().to_string();
    let mut number = 0;
    loop {
        recorder.news.notified().await;
        gather(&recorder).await;
        while !recorder.gathered.borrow_mut().is_empty() {
            number += 1;
            let report = recorder.gathered.borrow_mut().report(&epoch, number, minute());
            recorder.under_way.set(true);
            sender.deliver(report).await;
            recorder.under_way.set(false);
        }
        recorder.sent.notify_waiters();
    }
}

async fn gather(recorder: &Recorder) {
    tokio::select! {
        () = sleep(GATHER) => {}
        () = recorder.lines.notified() => sleep(GATHER_LINES).await,
    }
}

/// Since 1970.
fn minute() -> i64 {
    i64::try_from(since_1970().as_secs() / 60).unwrap_or_default()
}

struct Sender {
    socket: PathBuf,
    connection: Option<Connection>,
}

impl Sender {
    /// Comes back when it has arrived.
    async fn deliver(&mut self, report: Report) {
        let number = report.number;
        let message = ToTelemetry::Report(report);
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.attempt(&message, number).await {
            // Once: the first attempt fails whenever ipcd was started anew.
            if pause == FIRST_PAUSE * 2 {
                tracing::warn!(%error, "ipcd does not take what functions wrote; trying again");
            }
            self.connection = None;
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&mut self, message: &ToTelemetry, number: u64) -> Result<(), Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::connect(&self.socket).await?,
        };
        connection.send(message, &[]).await?;
        match connection.recv::<FromTelemetry>().await? {
            Some((FromTelemetry::Taken { number: taken }, _)) if taken == number => {
                self.connection = Some(connection);
                Ok(())
            }
            Some((answer, _)) => Err(io::Error::other(format!("ipcd said {answer:?}")).into()),
            None => Err(io::Error::from(io::ErrorKind::ConnectionReset).into()),
        }
    }
}

/// All counters that ipcd has, as Prometheus' text in a file.
///
/// # Errors
/// When ipcd does not answer.
pub async fn scrape(socket: &Path) -> Result<std::fs::File, Error> {
    let connection = Connection::connect(socket).await?;
    connection.send(&ToTelemetry::Scrape {}, &[]).await?;
    match connection.recv::<FromTelemetry>().await? {
        Some((FromTelemetry::Scraped {}, files)) => {
            let file = files.into_iter().next();
            Ok(file.ok_or_else(|| io::Error::other("an answer without a file"))?.into())
        }
        _ => Err(io::Error::other("no answer").into()),
    }
}
