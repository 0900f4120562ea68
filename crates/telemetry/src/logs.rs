//! Lines found again, and the bounds of the log.

use std::collections::BTreeMap;

use rusqlite::types::{Type, Value};
use rusqlite::{Row, Transaction, params, params_from_iter};

use crate::store::{MOST, whole};
use crate::{Dropped, Error, Level, Line, Store};

/// What a row takes beside its message, about, with its places in the indexes.
const ROW: u64 = 200;

/// Ids that one call looks at, so that none takes long however large the log is.
pub const STEP: i64 = 4096;

/// Lines of one page.
const PAGE_LINES: u32 = 256;

/// Bytes of messages after which a page ends; with its last line it may have more.
pub const PAGE_BYTES: usize = 64 << 10;

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
}

/// A line with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Rises, and is never given twice.
    pub id: i64,
    /// The line.
    pub line: Line,
}

/// Some lines, and how far was looked for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The oldest first.
    pub lines: Vec<Kept>,
    /// There is none that was wanted and isn't here up to this id.
    pub looked: i64,
}

pub(crate) fn insert(tx: &Transaction<'_>, lines: &[Line]) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO line (time_us, function, version, request_id, worker_id, level, message)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for Line { time_us, function, version, request_id, worker_id, level, message } in lines {
        let (function, level) = (function.as_str(), number(*level));
        let worker_id = i64::try_from(*worker_id).unwrap_or(i64::MAX);
        statement
            .execute(params![time_us, function, version, request_id, worker_id, level, message])?;
    }
    let bytes: u64 = lines.iter().map(|line| ROW + line.message.len() as u64).sum();
    tx.execute("UPDATE kept SET bytes = bytes + ?1", [bytes])?;
    Ok(())
}

/// Lines that are not kept, for those who wonder.
pub(crate) fn count_dropped(tx: &Transaction<'_>, dropped: &[Dropped]) -> rusqlite::Result<()> {
    let mut add = tx.prepare_cached(&format!(
        "INSERT INTO dropped VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET lines = min(lines + excluded.lines, {MOST})"
    ))?;
    for Dropped { function, lines } in dropped {
        add.execute(params![function.as_str(), whole(*lines)])?;
    }
    Ok(())
}

impl Store {
    /// The ids of the first line that is kept and of the last one; (0, 0) of an empty log.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn ends(&self) -> Result<(i64, i64), Error> {
        let sql = "SELECT (SELECT min(id) FROM line), (SELECT max(id) FROM line)";
        let mut ends = self.db.prepare_cached(sql)?;
        let (first, last): (Option<i64>, Option<i64>) =
            ends.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((first.unwrap_or(0), last.unwrap_or(0)))
    }

    /// The ids of at most `limit` lines among the [`STEP`] before an id, the newest first.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn back(&self, filter: &Filter, before: i64, limit: u32) -> Result<Vec<i64>, Error> {
        let window = (before.saturating_sub(STEP + 1), before);
        let sql = format!("SELECT id {} ORDER BY id DESC LIMIT ?8", filter.condition());
        let mut statement = self.db.prepare_cached(&sql)?;
        let ids = statement
            .query_map(params_from_iter(filter.values(window, limit)), |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// A page of the lines among the [`STEP`] after an id, and up to `last`.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn page(&self, filter: &Filter, after: i64, last: i64) -> Result<Page, Error> {
        let end = after.saturating_add(STEP).min(last);
        let sql = format!(
            "SELECT id, time_us, function, version, request_id, worker_id, level, message {} ORDER BY id LIMIT ?8",
            filter.condition()
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let window = (after, end.saturating_add(1));
        let mut rows = statement.query(params_from_iter(filter.values(window, PAGE_LINES)))?;
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let line = kept(row)?;
            let looked = line.id;
            bytes += line.line.message.len();
            lines.push(line);
            if bytes >= PAGE_BYTES || lines.len() >= PAGE_LINES as usize {
                return Ok(Page { lines, looked });
            }
        }
        Ok(Page { lines, looked: end })
    }

    /// How many lines of each function are not kept.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn dropped(&self) -> Result<BTreeMap<String, u64>, Error> {
        let mut statement = self.db.prepare_cached("SELECT function, lines FROM dropped")?;
        let all = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(all.collect::<Result<_, _>>()?)
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

/// Where ids are looked for: after the one and before the other.
type Window = (i64, i64);

impl Filter {
    /// A column that isn't asked for isn't named: only so does SQLite take the index of one that is.
    fn condition(&self) -> String {
        let function = match (&self.function, &self.request_id) {
            (None, _) => "?1 IS NULL",
            (Some(_), None) => "function = ?1",
            // A request has fewer lines than a function: not that index then.
            (Some(_), Some(_)) => "+function = ?1",
        };
        let request = self.request_id.as_ref().map_or("?2 IS NULL", |_| "request_id = ?2");
        format!(
            "FROM line WHERE {function} AND {request} AND level >= ?3 AND time_us >= ?4 AND time_us < ?5
             AND id > ?6 AND id < ?7"
        )
    }

    fn values(&self, (after, before): Window, limit: u32) -> [Value; 8] {
        [
            self.function.clone().into(),
            self.request_id.clone().into(),
            self.level.map_or(0, number).into(),
            self.since_us.unwrap_or(i64::MIN).into(),
            self.until_us.unwrap_or(i64::MAX).into(),
            after.into(),
            before.into(),
            limit.into(),
        ]
    }
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let no_name = |error| rusqlite::Error::FromSqlConversionFailure(2, Type::Text, Box::new(error));
    let line = Line {
        time_us: row.get(1)?,
        function: row.get::<_, String>(2)?.try_into().map_err(no_name)?,
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
