//! What functions wrote and what invocations became: applied as lease holders report it, and read back.

use std::cell::{Cell, RefCell};
use std::path::Path;

use bunbase_telemetry::{Applied, Bounds, Error, Report, Store};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::config::{Config, Logs};
use crate::scrape;

/// Lines that may go with a report of none. Twice as many as came may go, so that less comes than goes.
const PRUNED: u32 = 256;

/// The telemetry database beside the registry. No call on it takes long.
#[derive(Debug)]
pub struct Telemetry {
    store: RefCell<Store>,
    logs: Logs,
    /// The id of the last line.
    last: watch::Sender<i64>,
    /// Pruning fails, and that has been said.
    full: Cell<bool>,
}

impl Telemetry {
    /// Opens it below the state directory. A damaged file is moved aside and a new one begun.
    ///
    /// # Errors
    /// It can't be opened, for another reason than damage.
    pub fn open(config: &Config) -> Result<Self, Error> {
        Self::at(&config.state.join("telemetry.db"), config.logs.clone())
    }

    /// The same, of a file.
    pub fn at(path: &Path, logs: Logs) -> Result<Self, Error> {
        let mut store = Store::open(path)?;
        warn_of_damage(&mut store);
        let (_, last) = store.ends()?;
        let (store, last) = (RefCell::new(store), watch::Sender::new(last));
        Ok(Self { store, logs, last, full: Cell::default() })
    }

    /// Keeps reports in one transaction, each exactly once, and wakes who follows the log. Then some lines beyond the bounds go.
    ///
    /// # Errors
    /// Nothing of them is kept: the disk may be full. Who reported is answered `later`, and keeps what has happened, within its
    /// bounds, until there is room.
    pub fn apply(&self, reports: &[Report]) -> Result<Vec<Applied>, Error> {
        let mut store = self.store.borrow_mut();
        let applied = store.apply(reports);
        warn_of_damage(&mut store);
        let applied = applied?;
        let (_, last) = store.ends()?;
        self.last.send_if_modified(|known| std::mem::replace(known, last) != last);
        let lines: usize = reports.iter().map(|report| report.lines.len()).sum();
        self.prune(&mut store, u32::try_from(lines).unwrap_or(u32::MAX));
        Ok(applied)
    }

    /// The id of the last line, as it changes.
    pub fn news(&self) -> watch::Receiver<i64> {
        self.last.subscribe()
    }

    /// The time of the oldest line that is to be seen, in microseconds since 1970.
    pub fn oldest_us(&self) -> i64 {
        let age = i64::try_from(self.logs.max_age.get().saturating_mul(1000)).unwrap_or(i64::MAX);
        Timestamp::now().as_microsecond().saturating_sub(age)
    }

    /// Reads something. A file that is found to be damaged is moved aside, and a new one read, which has nothing.
    ///
    /// # Errors
    /// It can't be read, for another reason than damage.
    pub fn read<T>(&self, read: impl Fn(&Store) -> Result<T, Error>) -> Result<T, Error> {
        let answer = read(&self.store.borrow());
        match answer {
            Err(error) if error.is_damage() => {
                let mut store = self.store.borrow_mut();
                let anew = store.begin_anew();
                warn_of_damage(&mut store);
                anew.and_then(|()| read(&store))
            }
            answer => answer,
        }
    }

    /// All counters, as Prometheus' text; without those of functions where they can't be read.
    pub fn prometheus(&self) -> String {
        let counts = self.read(|store| Ok((store.totals()?, store.dropped()?)));
        let (totals, dropped) = counts.unwrap_or_else(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the counters of functions can't be read");
            Default::default()
        });
        scrape::text(&totals, &dropped)
    }

    fn prune(&self, store: &mut Store, lines: u32) {
        let bounds = Bounds { max_size: self.logs.max_size.get(), oldest_us: self.oldest_us() };
        let pruned = store.prune(bounds, lines.saturating_mul(2).saturating_add(PRUNED));
        if let (Err(error), false) = (&pruned, self.full.get()) {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "the log can't be shortened");
        }
        self.full.set(pruned.is_err());
    }
}

fn warn_of_damage(store: &mut Store) {
    if let Some(path) = store.moved() {
        let detail = path.display();
        tracing::warn!(%detail, "the telemetry database was damaged; it was moved aside, and a new one begun");
    }
}

#[cfg(test)]
mod tests;
