//! What invocations became, since ever and by minute and day.
//!
//! A count is added to all three at once, so that nothing needs to be folded later. What is since ever never shrinks, not even
//! when a function is removed: it may come back, and counters that Prometheus reads never fall.

use std::collections::BTreeMap;

use rusqlite::{Row, ToSql, Transaction, params};

use crate::store::{MOST, whole};
use crate::{Count, Durations, Error, Store};
use bunbase_wire::telemetry::BUCKETS;

const MINUTES_A_DAY: i64 = 24 * 60;

/// What is kept by minute: the series of an hour, and as much again for clocks that differ.
const MINUTES_KEPT: i64 = 120;

/// What is kept by day, today included.
const DAYS_KEPT: i64 = 30;

/// What one [`Total`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Everything that was ever counted. Its start is 0.
    Ever,
    /// A day in UTC, numbered from 1970.
    Day,
    /// A minute, numbered from 1970.
    Minute,
}

impl Span {
    fn number(self) -> u8 {
        self as u8
    }

    /// In which one of its kind a minute lies.
    fn of(self, minute: i64) -> i64 {
        match self {
            Self::Ever => 0,
            Self::Day => minute.div_euclid(MINUTES_A_DAY),
            Self::Minute => minute,
        }
    }

    /// The first one that is kept when this one has come.
    fn first_kept(self, start: i64) -> i64 {
        match self {
            Self::Ever => 0,
            Self::Day => start.saturating_sub(DAYS_KEPT - 1),
            Self::Minute => start.saturating_sub(MINUTES_KEPT - 1),
        }
    }
}

/// What the invocations of a function with one outcome come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// How many waited for a worker to load.
    pub cold_starts: u64,
    /// How many, and how long they took.
    pub durations: Durations,
}

/// By outcome.
pub type Totals = BTreeMap<String, Total>;

pub(crate) fn insert(tx: &Transaction<'_>, counts: &[Count]) -> rusqlite::Result<()> {
    for count in counts {
        for span in [Span::Ever, Span::Day, Span::Minute] {
            add(tx, span, count)?;
        }
    }
    Ok(())
}

fn add(tx: &Transaction<'_>, span: Span, count: &Count) -> rusqlite::Result<()> {
    let mut add = tx.prepare_cached(&add_sql())?;
    let start = span.of(count.minute);
    let (span_number, function) = (span.number(), count.function.as_str());
    let outcome = count.outcome.as_str();
    let (cold_starts, sum_us) = (whole(count.cold_starts), whole(count.durations.sum_us));
    let buckets = count.durations.buckets.map(whole);
    let key = params![span_number, function, start, outcome, cold_starts, sum_us];
    let values: Vec<&dyn ToSql> =
        key.iter().copied().chain(buckets.iter().map(|n| n as &dyn ToSql)).collect();
    let is_new = add.execute(&*values)?;
    debug_assert_eq!(is_new, 1, "a row is added or added to");
    // Those of a function that is not called any more stay until it is; there are not many, and nobody reads them.
    tx.prepare_cached("DELETE FROM count WHERE span = ?1 AND function = ?2 AND start < ?3")?
        .execute(params![span_number, function, span.first_kept(start)])?;
    Ok(())
}

fn add_sql() -> String {
    let numbers = || (0..BUCKETS).map(|n| format!("b{n}"));
    let added = ["cold_starts", "sum_us"].map(str::to_owned).into_iter().chain(numbers());
    let added: Vec<String> =
        added.map(|name| format!("{name} = min({name} + excluded.{name}, {MOST})")).collect();
    let places: Vec<String> = (1..=6 + BUCKETS).map(|n| format!("?{n}")).collect();
    let (places, added) = (places.join(", "), added.join(", "));
    format!("INSERT INTO count VALUES ({places}) ON CONFLICT DO UPDATE SET {added}")
}

impl Store {
    /// Since ever, by function and outcome.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn totals(&self) -> Result<BTreeMap<String, Totals>, Error> {
        let mut all = BTreeMap::<String, Totals>::new();
        let mut statement = self.db.prepare_cached(&select("span = 0"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            all.entry(row.get(0)?).or_default().insert(row.get(2)?, total(row)?);
        }
        Ok(all)
    }

    /// Since ever, of one function.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn totals_of(&self, function: &str) -> Result<Totals, Error> {
        Ok(self.series(function, Span::Ever, 0)?.remove(&0).unwrap_or_default())
    }

    /// Of one function, by start, those that begin `from` then or later. There is none for a time in which nothing ran.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn series(
        &self,
        function: &str,
        span: Span,
        from: i64,
    ) -> Result<BTreeMap<i64, Totals>, Error> {
        let mut series = BTreeMap::<i64, Totals>::new();
        let sql = select("span = ?1 AND function = ?2 AND start >= ?3");
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params![span.number(), function, from])?;
        while let Some(row) = rows.next()? {
            series.entry(row.get(1)?).or_default().insert(row.get(2)?, total(row)?);
        }
        Ok(series)
    }
}

fn select(condition: &str) -> String {
    let buckets: String = (0..BUCKETS).map(|n| format!(", b{n}")).collect();
    format!(
        "SELECT function, start, outcome, cold_starts, sum_us{buckets} FROM count WHERE {condition}"
    )
}

fn total(row: &Row<'_>) -> rusqlite::Result<Total> {
    let mut durations = Durations { sum_us: row.get(4)?, ..Durations::default() };
    for (index, bucket) in durations.buckets.iter_mut().enumerate() {
        *bucket = row.get(5 + index)?;
    }
    Ok(Total { cold_starts: row.get(3)?, durations })
}
