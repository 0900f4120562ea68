//! GET_METRICS: what invocations became.

use std::collections::{BTreeMap, BTreeSet};

use bunbase_manifest::Name;
use bunbase_telemetry::{Durations, Span, Total, Totals};
use bunbase_wire::ipc::{Figures, FunctionMetrics, MetricsAnswer, MetricsRequest, Point};
use bytes::Bytes;
use jiff::Timestamp;

use crate::command::{Answer, Services, unknown};

/// What an invocation becomes that has succeeded.
const OK: &str = "ok";

const MINUTE_S: i64 = 60;
const DAY_S: i64 = 24 * 60 * MINUTE_S;

/// Minutes of a series, this one included.
const MINUTES: i64 = 60;

/// Days of a series, today included.
const DAYS: i64 = 30;

impl Services {
    /// The figures of one function, with its series, or of all.
    pub fn metrics(&self, request: MetricsRequest) -> Result<Answer, Answer> {
        let functions = match &request.function {
            Some(function) => vec![self.of_one(function)?],
            None => self.of_all()?,
        };
        Ok(Answer::ok(&MetricsAnswer { functions }, Bytes::new()))
    }

    /// Whether something was ever stored under this name.
    pub fn known(&self, function: Option<&Name>) -> Result<(), Answer> {
        match function {
            Some(name) if !self.registry.borrow().knows(name)? => Err(unknown(name)),
            _ => Ok(()),
        }
    }

    fn of_one(&self, function: &Name) -> Result<FunctionMetrics, Answer> {
        self.known(Some(function))?;
        let (name, now) = (function.as_str(), Timestamp::now().as_second());
        let series = |span, length: i64, many| {
            let from = now.div_euclid(length) - (many - 1);
            let series = self.telemetry.read(|store| store.series(name, span, from))?;
            Ok::<_, Answer>(points(&series, length))
        };
        let totals = self.telemetry.read(|store| store.totals_of(name))?;
        let dropped = self.telemetry.read(|store| store.dropped())?;
        Ok(FunctionMetrics {
            minutes: series(Span::Minute, MINUTE_S, MINUTES)?,
            days: series(Span::Day, DAY_S, DAYS)?,
            ..summary(name, &totals, &dropped)
        })
    }

    /// Those in service, and those that were once called.
    fn of_all(&self) -> Result<Vec<FunctionMetrics>, Answer> {
        let totals = self.telemetry.read(|store| store.totals())?;
        let dropped = self.telemetry.read(|store| store.dropped())?;
        let in_service = self.registry.borrow().list()?;
        let mut names: BTreeSet<&str> = totals.keys().map(String::as_str).collect();
        names.extend(in_service.iter().map(|function| function.name.as_str()));
        let none = Totals::new();
        let of = |name: &str| summary(name, totals.get(name).unwrap_or(&none), &dropped);
        Ok(names.into_iter().map(of).collect())
    }
}

fn summary(name: &str, totals: &Totals, dropped: &BTreeMap<String, u64>) -> FunctionMetrics {
    FunctionMetrics {
        function: name.to_owned(),
        figures: figures(totals),
        lines_dropped: dropped.get(name).copied().unwrap_or_default(),
        minutes: Vec::new(),
        days: Vec::new(),
    }
}

fn points(series: &BTreeMap<i64, Totals>, length: i64) -> Vec<Point> {
    let begins = |start: i64| Timestamp::from_second(start.saturating_mul(length)).ok();
    let point = |(start, totals): (&i64, &Totals)| {
        Some(Point { start: begins(*start)?.to_string(), figures: figures(totals) })
    };
    series.iter().filter_map(point).collect()
}

fn figures(totals: &Totals) -> Figures {
    let mut durations = Durations::default();
    totals.values().for_each(|total| durations.merge(&total.durations));
    let failed = totals.iter().filter(|(outcome, _)| *outcome != OK);
    let count = |(outcome, total): (&String, &Total)| (outcome.clone(), total.durations.count());
    Figures {
        invocations: durations.count(),
        errors: failed.map(count).collect(),
        cold_starts: cold_starts(totals),
        p50_us: durations.percentile_us(50),
        p95_us: durations.percentile_us(95),
        p99_us: durations.percentile_us(99),
    }
}

/// Of all outcomes.
pub fn cold_starts(totals: &Totals) -> u64 {
    totals.values().fold(0, |all, total| all.saturating_add(total.cold_starts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(durations: &[u64], cold_starts: u64) -> Total {
        let mut total = Total { cold_starts, ..Total::default() };
        durations.iter().for_each(|us| total.durations.add(*us));
        total
    }

    #[test]
    fn figures_are_of_all_outcomes_and_errors_are_of_those_that_are_not_ok() {
        let of = [("ok", total(&[90, 200], 1)), ("timeout", total(&[2_000_000], 1))];
        let figures = figures(&of.map(|(outcome, total)| (outcome.to_owned(), total)).into());
        assert_eq!((figures.invocations, figures.cold_starts), (3, 2));
        assert_eq!(figures.errors, BTreeMap::from([("timeout".to_owned(), 1)]));
        assert_eq!((figures.p50_us, figures.p99_us), (Some(250), Some(2_500_000)));
    }

    #[test]
    fn a_point_begins_when_its_minute_does() {
        let series =
            BTreeMap::from([(29_400_000, Totals::from([("ok".to_owned(), total(&[1], 0))]))]);
        let points = points(&series, MINUTE_S);
        assert_eq!(
            (points[0].start.as_str(), points[0].figures.invocations),
            ("2025-11-24T16:00:00Z", 1)
        );
    }
}
