//! The database, and reports applied exactly once.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::Report;
use crate::damage::{is_damage, move_aside};
use crate::schema::connect;

/// Lives of holders that are remembered: those that reported last.
const HOLDERS: u32 = 64;

/// Why the store can't.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite's word.
    #[error("telemetry database")]
    Database(#[from] rusqlite::Error),
    /// A damaged file stays where it is.
    #[error("moving the damaged {path} aside")]
    Aside {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    /// Whether the file is damaged: [`Store::begin_anew`] helps.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Database(error) if is_damage(error))
    }
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is kept now.
    Now,
    /// It had been before; nothing was counted twice.
    Before,
}

/// The database, open for the one who writes.
#[derive(Debug)]
pub struct Store {
    pub(crate) db: Connection,
    path: PathBuf,
    moved: Option<PathBuf>,
    /// There is no file: a new one could not be begun.
    lost: bool,
}

impl Store {
    /// Opens or makes it. A damaged file is moved aside and a new one begun: see [`Store::moved`].
    ///
    /// # Errors
    /// It can't be opened, for another reason than damage, or can't be moved.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (db, moved) = open(path)?;
        Ok(Self { db, path: path.to_owned(), moved, lost: false })
    }

    /// Where a damaged file has been moved to since this was asked last.
    pub fn moved(&mut self) -> Option<PathBuf> {
        self.moved.take()
    }

    /// Moves a file aside that was found to be damaged, and begins a new one.
    ///
    /// # Errors
    /// It can't be moved, or no new one be made. The next [`Store::apply`] tries again.
    pub fn begin_anew(&mut self) -> Result<(), Error> {
        // Closed first: a connection that is closed removes its log by name, which would be the new one's.
        self.db = Connection::open_in_memory()?;
        self.lost = true;
        if self.path.exists() {
            self.moved = Some(move_aside(&self.path)?);
        }
        self.open_again()
    }

    fn open_again(&mut self) -> Result<(), Error> {
        let (db, moved) = open(&self.path)?;
        (self.db, self.lost) = (db, false);
        self.moved = moved.or(self.moved.take());
        Ok(())
    }

    /// Keeps reports, all in one transaction: a report's number is written with what it counts. A file that is found to be
    /// damaged is moved aside, and a new one begun with them.
    ///
    /// # Errors
    /// Nothing of them is kept; they may be given again.
    pub fn apply(&mut self, reports: &[Report]) -> Result<Vec<Applied>, Error> {
        if self.lost {
            self.open_again()?;
        }
        match self.keep_all(reports) {
            Err(error) if is_damage(&error) => {
                self.begin_anew()?;
                Ok(self.keep_all(reports)?)
            }
            kept => Ok(kept?),
        }
    }

    fn keep_all(&mut self, reports: &[Report]) -> rusqlite::Result<Vec<Applied>> {
        let tx = self.db.transaction()?;
        let applied = reports.iter().map(|report| keep(&tx, report)).collect::<Result<_, _>>()?;
        tx.commit()?;
        Ok(applied)
    }
}

/// And where a damaged file was moved to.
fn open(path: &Path) -> Result<(Connection, Option<PathBuf>), Error> {
    match connect(path) {
        Err(error) if is_damage(&error) => {
            let moved = move_aside(path)?;
            Ok((connect(path)?, Some(moved)))
        }
        opened => Ok((opened?, None)),
    }
}

fn keep(tx: &Transaction<'_>, report: &Report) -> rusqlite::Result<Applied> {
    let last = last(tx, &report.epoch)?;
    if last.is_some_and(|number| number >= report.number) {
        return Ok(Applied::Before);
    }
    tx.execute(
        "INSERT OR REPLACE INTO holder VALUES (?1, ?2)",
        params![report.epoch, report.number],
    )?;
    if last.is_none() {
        forget(tx)?;
    }
    crate::logs::insert(tx, &report.lines)?;
    crate::logs::count_dropped(tx, &report.dropped)?;
    crate::counts::insert(tx, &report.counts)?;
    Ok(Applied::Now)
}

fn last(tx: &Transaction<'_>, epoch: &str) -> rusqlite::Result<Option<u64>> {
    tx.query_row("SELECT number FROM holder WHERE epoch = ?1", [epoch], |row| row.get(0)).optional()
}

/// Lives that are long over. A row that is replaced becomes the newest.
fn forget(tx: &Transaction<'_>) -> rusqlite::Result<usize> {
    let newest = "SELECT rowid FROM holder ORDER BY rowid DESC LIMIT ?1";
    tx.execute(&format!("DELETE FROM holder WHERE rowid NOT IN ({newest})"), [HOLDERS])
}

/// The largest sum: beyond it a column stays what it is. Prometheus' numbers are exact up to twice as much, and no sum of sums overflows.
pub(crate) const MOST: u64 = 1 << 52;

/// A number as it is added.
pub(crate) fn whole(number: u64) -> u64 {
    number.min(1 << 48)
}
