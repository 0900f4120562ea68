//! Counts found again.

use rusqlite::{Transaction, params};

use crate::{Count, Durations, Error, Store};

/// What all invocations of a function with one outcome come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// A word.
    pub outcome: String,
    /// How many were served by a worker that was started for them.
    pub cold_starts: u64,
    /// How many, and how long they took.
    pub durations: Durations,
}

pub(crate) fn insert(tx: &Transaction<'_>, counts: &[Count]) -> rusqlite::Result<()> {
    let mut bucket = tx.prepare_cached(
        "INSERT INTO count VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET invocations = invocations + excluded.invocations",
    )?;
    let mut spent = tx.prepare_cached(
        "INSERT INTO spent VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET cold_starts = cold_starts + excluded.cold_starts, sum_us = sum_us + excluded.sum_us",
    )?;
    for Count { function, minute, outcome, cold_starts, durations } in counts {
        for (index, n) in durations.buckets.iter().enumerate().filter(|(_, n)| **n > 0) {
            bucket.execute(params![function, minute, outcome, index, n])?;
        }
        spent.execute(params![function, minute, outcome, cold_starts, durations.sum_us])?;
    }
    Ok(())
}

impl Store {
    /// Of one function, by outcome.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn totals(&self, function: &str) -> Result<Vec<Total>, Error> {
        let mut spent = self.db.prepare_cached(
            "SELECT outcome, sum(cold_starts), sum(sum_us) FROM spent WHERE function = ?1 GROUP BY 1 ORDER BY 1",
        )?;
        let mut totals = spent
            .query_map([function], |row| {
                let durations = Durations { sum_us: row.get(2)?, ..Durations::default() };
                Ok(Total { outcome: row.get(0)?, cold_starts: row.get(1)?, durations })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let mut buckets = self.db.prepare_cached(
            "SELECT bucket, sum(invocations) FROM count WHERE function = ?1 AND outcome = ?2 GROUP BY 1",
        )?;
        for total in &mut totals {
            let mut rows = buckets.query(params![function, total.outcome])?;
            while let Some(row) = rows.next()? {
                if let Some(bucket) = total.durations.buckets.get_mut(row.get::<_, usize>(0)?) {
                    *bucket = row.get(1)?;
                }
            }
        }
        Ok(totals)
    }
}
