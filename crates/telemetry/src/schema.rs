//! The tables.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use bunbase_wire::telemetry::BUCKETS;

/// What `user_version` says of these tables. A file with others is moved aside as a damaged one is.
const VERSION: u32 = 1;

/// Statements that are kept ready: all that there are.
const STATEMENTS: usize = 32;

/// Ids of lines begin with the time, so that those of a file that was moved aside don't come again.
const SCHEMA: &str = "
    CREATE TABLE holder (epoch TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;
    CREATE TABLE line (
        id INTEGER PRIMARY KEY AUTOINCREMENT, time_us INTEGER NOT NULL, function TEXT NOT NULL, version TEXT NOT NULL,
        request_id TEXT, worker_id INTEGER NOT NULL, level INTEGER NOT NULL, message TEXT NOT NULL) STRICT;
    CREATE INDEX line_function ON line (function, id);
    CREATE INDEX line_request ON line (request_id, id) WHERE request_id IS NOT NULL;
    INSERT INTO sqlite_sequence VALUES ('line', CAST(unixepoch('subsec') * 1000000 AS INTEGER));
    CREATE TABLE kept (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL) STRICT;
    INSERT INTO kept VALUES (1, 0);
    CREATE TABLE dropped (function TEXT PRIMARY KEY, lines INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

/// Opens or makes the file.
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let mut db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    // A plan that depended on what is asked for would be made anew each time.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    match version(&db)? {
        0 => create(&mut db)?,
        VERSION => {}
        _ => return Err(crate::damage::not_ours()),
    }
    Ok(db)
}

fn version(db: &Connection) -> rusqlite::Result<u32> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn create(db: &mut Connection) -> rusqlite::Result<()> {
    let tx = db.transaction()?;
    tx.execute_batch(SCHEMA)?;
    tx.execute_batch(&counts())?;
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()
}

/// A column for each bucket of the histogram.
fn counts() -> String {
    let buckets: String = (0..BUCKETS).map(|n| format!(", b{n} INTEGER NOT NULL")).collect();
    format!(
        "CREATE TABLE count (
            span INTEGER NOT NULL, function TEXT NOT NULL, start INTEGER NOT NULL, outcome TEXT NOT NULL,
            cold_starts INTEGER NOT NULL, sum_us INTEGER NOT NULL{buckets},
            PRIMARY KEY (span, function, start, outcome)) STRICT, WITHOUT ROWID"
    )
}
