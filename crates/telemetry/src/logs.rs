//! Lines found again, and the bounds of the log.

use rusqlite::{Row, Transaction, params};

use crate::{Error, Level, Line, Store};

/// What a row takes beside its message, about, with its places in the indexes.
const ROW: u64 = 200;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Of all lines, in bytes.
    pub max_size: u64,
    /// The time of the oldest line that stays, since 1970, in microseconds.
    pub oldest_us: i64,
}

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this function only.
    pub function: Option<String>,
    /// Of this request only.
    pub request_id: Option<String>,
    /// That matter at least so much.
    pub level: Option<Level>,
    /// From then on, in microseconds.
    pub since_us: Option<i64>,
    /// Before then, in microseconds.
    pub until_us: Option<i64>,
    /// With a higher id.
    pub after: Option<i64>,
}

/// A line with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Rises, and is never given twice.
    pub id: i64,
    /// The line.
    pub line: Line,
}

pub(crate) fn insert(tx: &Transaction<'_>, lines: &[Line]) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO line (time_us, function, version, request_id, worker_id, level, message)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for Line { time_us, function, version, request_id, worker_id, level, message } in lines {
        let level = number(*level);
        statement
            .execute(params![time_us, function, version, request_id, worker_id, level, message])?;
    }
    let bytes: u64 = lines.iter().map(|line| ROW + line.message.len() as u64).sum();
    tx.execute("UPDATE kept SET bytes = bytes + ?1", [bytes])?;
    Ok(())
}

impl Store {
    /// The newest `limit` lines, the oldest of them first.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn lines(&self, filter: &Filter, limit: u32) -> Result<Vec<Kept>, Error> {
        // A column that isn't asked for isn't named: only so does SQLite take the index of one that is.
        let function = filter.function.as_ref().map_or("?1 IS NULL", |_| "function = ?1");
        let request = filter.request_id.as_ref().map_or("?2 IS NULL", |_| "request_id = ?2");
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT id, time_us, function, version, request_id, worker_id, level, message FROM line
             WHERE {function} AND {request} AND level >= ?3 AND time_us >= ?4 AND time_us < ?5 AND id > ?6
             ORDER BY id DESC LIMIT ?7"
        ))?;
        let level = filter.level.map_or(0, number);
        let since = filter.since_us.unwrap_or(i64::MIN);
        let until = filter.until_us.unwrap_or(i64::MAX);
        let after = filter.after.unwrap_or(0);
        let wanted = params![filter.function, filter.request_id, level, since, until, after, limit];
        let mut found = statement.query_map(wanted, kept)?.collect::<Result<Vec<_>, _>>()?;
        found.reverse();
        Ok(found)
    }

    /// Deletes at most `step` of the oldest lines that are beyond the bounds. How many: as many as `step` means that
    /// there may be more.
    ///
    /// # Errors
    /// Nothing was deleted.
    pub fn prune(&mut self, bounds: Bounds, step: u32) -> Result<u32, Error> {
        let tx = self.db.transaction()?;
        let mut bytes: u64 = tx.query_row("SELECT bytes FROM kept", [], |row| row.get(0))?;
        let (mut last, mut gone) = (0_i64, 0_u32);
        {
            let mut oldest = tx.prepare_cached(
                "SELECT id, time_us, length(CAST(message AS BLOB)) FROM line ORDER BY id LIMIT ?1",
            )?;
            let mut rows = oldest.query([step])?;
            while let Some(row) = rows.next()? {
                if bytes <= bounds.max_size && row.get::<_, i64>(1)? >= bounds.oldest_us {
                    break;
                }
                bytes = bytes.saturating_sub(ROW + row.get::<_, u64>(2)?);
                (last, gone) = (row.get(0)?, gone + 1);
            }
        }
        tx.execute("DELETE FROM line WHERE id <= ?1", [last])?;
        tx.execute("UPDATE kept SET bytes = ?1", [bytes])?;
        tx.commit()?;
        Ok(gone)
    }
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let line = Line {
        time_us: row.get(1)?,
        function: row.get(2)?,
        version: row.get(3)?,
        request_id: row.get(4)?,
        worker_id: row.get(5)?,
        level: level(row.get(6)?),
        message: row.get(7)?,
    };
    Ok(Kept { id: row.get(0)?, line })
}

fn number(level: Level) -> u8 {
    match level {
        Level::Debug => 0,
        Level::Info => 1,
        Level::Warn => 2,
        Level::Error => 3,
    }
}

fn level(number: u8) -> Level {
    match number {
        0 => Level::Debug,
        1 => Level::Info,
        2 => Level::Warn,
        _ => Level::Error,
    }
}
