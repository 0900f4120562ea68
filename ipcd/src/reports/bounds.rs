//! A report as it may be kept. Who sends it reads HTTP: it is believed in nothing that could take room, or time, from others.

use std::collections::BTreeMap;

use bunbase_manifest::Name;
use bunbase_wire::telemetry::{MAX_MESSAGE, Report};
use jiff::Timestamp;

/// The longest text of a version and of a request's id.
const VERSION: usize = 12;
const REQUEST_ID: usize = 128;

/// How late a count may come, in minutes: ipcd may have been away.
const LATE: i64 = 24 * 60;

/// Without what is of functions that are not known, and with times and texts cut to what can be.
pub fn bounded(mut report: Report, now: Timestamp, knows: impl Fn(&Name) -> bool) -> Report {
    let mut asked = BTreeMap::new();
    let mut known = |name: &Name| *asked.entry(name.clone()).or_insert_with(|| knows(name));
    report.counts.retain(|count| known(&count.function));
    report.lines.retain(|line| known(&line.function));
    report.dropped.retain(|dropped| known(&dropped.function));
    let minute = now.as_second() / 60;
    for count in &mut report.counts {
        count.minute = count.minute.clamp(minute - LATE, minute);
    }
    for line in &mut report.lines {
        line.time_us = line.time_us.min(now.as_microsecond());
        cut(&mut line.version, VERSION);
        cut(&mut line.message, MAX_MESSAGE);
        line.request_id.iter_mut().for_each(|id| cut(id, REQUEST_ID));
    }
    report
}

fn cut(text: &mut String, longest: usize) {
    text.truncate(text.floor_char_boundary(longest));
}

#[cfg(test)]
mod tests {
    use bunbase_wire::telemetry::{Count, Dropped, Durations, Line, Outcome};
    use bunbase_wire::worker::Level;

    use super::*;

    fn name(name: &str) -> Name {
        name.parse().unwrap()
    }

    fn report(function: &str) -> Report {
        let function = name(function);
        let line = Line {
            time_us: i64::MAX,
            function: function.clone(),
            version: "v".repeat(60_000),
            request_id: Some("r".repeat(60_000)),
            worker_id: 1,
            level: Level::Info,
            message: "\u{e4}".repeat(MAX_MESSAGE),
        };
        let count = |minute| Count {
            function: function.clone(),
            minute,
            outcome: Outcome::Ok,
            cold_starts: 0,
            durations: Durations::default(),
        };
        let counts = vec![count(i64::MIN), count(i64::MAX)];
        let dropped = vec![Dropped { function: function.clone(), lines: 1 }];
        Report { epoch: "e".into(), number: 1, lines: vec![line], counts, dropped }
    }

    #[test]
    fn times_that_cannot_be_and_texts_that_are_too_long_are_cut() {
        let now = Timestamp::from_second(120_000_000).unwrap();
        let report = bounded(report("app"), now, |_| true);
        let minutes: Vec<i64> = report.counts.iter().map(|count| count.minute).collect();
        assert_eq!(minutes, [2_000_000 - LATE, 2_000_000]);
        let line = &report.lines[0];
        assert_eq!(line.time_us, now.as_microsecond());
        let id = line.request_id.as_ref().unwrap();
        assert_eq!((line.version.len(), id.len(), line.message.len()), (12, 128, MAX_MESSAGE));
    }

    #[test]
    fn of_functions_that_are_not_known_nothing_is_kept() {
        let report = bounded(report("invented"), Timestamp::now(), |known| *known == name("app"));
        assert!(report.counts.is_empty() && report.lines.is_empty() && report.dropped.is_empty());
    }
}
