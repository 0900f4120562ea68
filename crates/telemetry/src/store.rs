//! The database, and a batch applied exactly once.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, params};

use crate::Batch;

/// Lives of holders that are remembered: those that reported last.
const HOLDERS: u32 = 64;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS holder (epoch TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS line (
        id INTEGER PRIMARY KEY AUTOINCREMENT, time_us INTEGER NOT NULL, function TEXT NOT NULL, version TEXT NOT NULL,
        request_id TEXT, worker_id INTEGER NOT NULL, level INTEGER NOT NULL, message TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS line_function ON line (function, id);
    CREATE INDEX IF NOT EXISTS line_request ON line (request_id, id) WHERE request_id IS NOT NULL;
    CREATE TABLE IF NOT EXISTS kept (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL) STRICT;
    INSERT OR IGNORE INTO kept VALUES (1, 0);
    CREATE TABLE IF NOT EXISTS count (
        function TEXT NOT NULL, minute INTEGER NOT NULL, outcome TEXT NOT NULL, bucket INTEGER NOT NULL,
        invocations INTEGER NOT NULL, PRIMARY KEY (function, minute, outcome, bucket)) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS spent (
        function TEXT NOT NULL, minute INTEGER NOT NULL, outcome TEXT NOT NULL, cold_starts INTEGER NOT NULL,
        sum_us INTEGER NOT NULL, PRIMARY KEY (function, minute, outcome)) STRICT, WITHOUT ROWID;";

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

/// What became of a batch.
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
    moved: Option<PathBuf>,
}

impl Store {
    /// Opens or makes it. A damaged file is moved aside and a new one begun: see [`Store::moved`].
    ///
    /// # Errors
    /// It can't be opened, for another reason than damage, or can't be moved.
    pub fn open(path: &Path) -> Result<Self, Error> {
        match connect(path) {
            Ok(db) => Ok(Self { db, moved: None }),
            Err(error) if is_damage(&error) => {
                let moved = move_aside(path)?;
                Ok(Self { db: connect(path)?, moved: Some(moved) })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Where a damaged file has been moved to.
    #[must_use]
    pub fn moved(&self) -> Option<&Path> {
        self.moved.as_deref()
    }

    /// Keeps a batch: its number is written in the transaction that writes what it counts.
    ///
    /// # Errors
    /// Nothing of it is kept; it may be given again.
    pub fn apply(&mut self, batch: &Batch) -> Result<Applied, Error> {
        let tx = self.db.transaction()?;
        let last = last(&tx, &batch.epoch)?;
        if last.is_some_and(|number| number >= batch.number) {
            return Ok(Applied::Before);
        }
        tx.execute(
            "INSERT OR REPLACE INTO holder VALUES (?1, ?2)",
            params![batch.epoch, batch.number],
        )?;
        if last.is_none() {
            forget(&tx)?;
        }
        crate::logs::insert(&tx, &batch.lines)?;
        crate::totals::insert(&tx, &batch.counts)?;
        tx.commit()?;
        Ok(Applied::Now)
    }
}

fn last(tx: &Transaction<'_>, epoch: &str) -> rusqlite::Result<Option<u64>> {
    tx.query_row("SELECT number FROM holder WHERE epoch = ?1", [epoch], |row| row.get(0)).optional()
}

/// Lives that are long over. A row that is replaced becomes the newest.
fn forget(tx: &Transaction<'_>) -> rusqlite::Result<usize> {
    let newest = "SELECT rowid FROM holder ORDER BY rowid DESC LIMIT ?1";
    tx.execute(&format!("DELETE FROM holder WHERE rowid NOT IN ({newest})"), [HOLDERS])
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.execute_batch(SCHEMA)?;
    Ok(db)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// With its log, which would be replayed into the new one.
fn move_aside(path: &Path) -> Result<PathBuf, Error> {
    let aside = |source| Error::Aside { path: path.to_owned(), source };
    let to = path.with_extension("db.damaged");
    std::fs::rename(path, &to).map_err(aside)?;
    for end in ["db-wal", "db-shm"] {
        match std::fs::remove_file(path.with_extension(end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(aside(error)),
            _ => {}
        }
    }
    Ok(to)
}
