//! What has happened and has not been sent.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use bunbase_manifest::Name;
use bunbase_wire::packet::MAX_PACKET;
use bunbase_wire::telemetry::{Count, Dropped, Line, Outcome, Report};
use bunbase_wire::worker::Level;

use super::Tallied;
use crate::books::Terms;

/// Leases with something new that are remembered; with more, their counts are.
const MAX_LEASES: usize = 1024;

/// Functions and outcomes that are counted apart.
const MAX_COUNTS: usize = 16 * 1024;

/// Bytes of lines that wait to be sent.
const MAX_LINES: usize = 4 << 20;

/// What a line takes beside its texts, as JSON, at most; and a count; and how many were dropped of a function's.
const LINE: usize = 320;
const COUNT: usize = 640;
const DROPPED: usize = 128;

/// What may go into one report, so that its packet is not too long.
const ROOM: usize = MAX_PACKET - 1024;

#[derive(Debug, Default)]
pub(super) struct Gathered {
    leases: Vec<Rc<Terms>>,
    counts: BTreeMap<(Name, Outcome), Tallied>,
    lines: VecDeque<Line>,
    /// What those take.
    bytes: usize,
    dropped: BTreeMap<Name, u64>,
    /// Of those, what found no place here and has not been said in a line.
    lost: BTreeMap<Name, u64>,
}

impl Gathered {
    pub(super) fn lease(&mut self, terms: Rc<Terms>) {
        self.leases.push(terms);
        if self.leases.len() > MAX_LEASES {
            self.count_leases();
        }
    }

    pub(super) fn call(&mut self, function: &Name, outcome: Outcome, took: Duration) {
        let mut one = Tallied::default();
        one.add(took, false);
        self.count(function, outcome, &one);
    }

    fn count_leases(&mut self) {
        for terms in std::mem::take(&mut self.leases) {
            terms.tally.take(|outcome, tallied| self.count(&terms.function, outcome, tallied));
        }
    }

    fn count(&mut self, function: &Name, outcome: Outcome, tallied: &Tallied) {
        let key = (function.clone(), outcome);
        if self.counts.len() < MAX_COUNTS || self.counts.contains_key(&key) {
            self.counts.entry(key).or_default().merge(tallied);
        }
    }

    pub(super) fn line(&mut self, line: Line) {
        if self.bytes > MAX_LINES {
            self.dropped(&line.function, 1);
            *self.lost.entry(line.function).or_default() += 1;
            return;
        }
        if let Some(count) = self.lost.remove(&line.function) {
            let message = format!("{count} lines were dropped: nobody took them in time");
            let said = Line { level: Level::Warn, request_id: None, message, ..line.clone() };
            self.push(said);
        }
        self.push(line);
    }

    fn push(&mut self, line: Line) {
        self.bytes += size(&line);
        self.lines.push_back(line);
    }

    pub(super) fn dropped(&mut self, function: &Name, lines: u64) {
        if self.dropped.len() < MAX_COUNTS || self.dropped.contains_key(function) {
            let dropped = self.dropped.entry(function.clone()).or_default();
            *dropped = dropped.saturating_add(lines);
        }
    }

    pub(super) fn is_empty(&mut self) -> bool {
        self.count_leases();
        self.counts.is_empty() && self.lines.is_empty() && self.dropped.is_empty()
    }

    /// As much as goes into one report.
    pub(super) fn report(&mut self, epoch: &str, number: u64, minute: i64) -> Report {
        self.count_leases();
        let mut room = ROOM;
        let counts = self.take_counts(&mut room, minute);
        let lines = self.take_lines(&mut room);
        let dropped = self.take_dropped(&mut room);
        Report { epoch: epoch.to_owned(), number, lines, counts, dropped }
    }

    fn take_counts(&mut self, room: &mut usize, minute: i64) -> Vec<Count> {
        let mut taken = Vec::new();
        while *room >= COUNT
            && let Some(((function, outcome), tallied)) = self.counts.pop_first()
        {
            *room -= COUNT;
            let Tallied { cold_starts, durations } = tallied;
            taken.push(Count { function, minute, outcome, cold_starts, durations });
        }
        taken
    }

    fn take_lines(&mut self, room: &mut usize) -> Vec<Line> {
        let mut taken = Vec::new();
        while let Some(size) = self.lines.front().map(size).filter(|size| size <= room) {
            *room -= size;
            self.bytes -= size;
            taken.extend(self.lines.pop_front());
        }
        taken
    }

    fn take_dropped(&mut self, room: &mut usize) -> Vec<Dropped> {
        let mut taken = Vec::new();
        while *room >= DROPPED
            && let Some((function, lines)) = self.dropped.pop_first()
        {
            *room -= DROPPED;
            taken.push(Dropped { function, lines });
        }
        taken
    }
}

/// What a line takes as JSON, at most.
fn size(line: &Line) -> usize {
    let escaped = line.message.bytes().filter(|b| matches!(b, b'"' | b'\\' | b'\n' | b'\t'));
    LINE + line.message.len() + escaped.count()
}

#[cfg(test)]
mod tests {
    use bunbase_wire::packet::encode;
    use bunbase_wire::telemetry::{MAX_MESSAGE, ToTelemetry};

    use super::*;

    fn line(function: &str, message: String) -> Line {
        Line {
            time_us: i64::MAX,
            function: function.parse().unwrap(),
            version: "0".repeat(12),
            request_id: Some("r".repeat(128)),
            worker_id: u64::MAX,
            level: Level::Error,
            message,
        }
    }

    #[test]
    fn whatever_has_happened_each_report_fits_into_a_packet_and_nothing_is_lost() {
        let mut gathered = Gathered::default();
        let name = |n: usize| format!("{n:063}").parse::<Name>().unwrap();
        let mut most = Tallied { cold_starts: u64::MAX, ..Tallied::default() };
        most.durations.buckets = [1 << 58; 17];
        most.durations.sum_us = u64::MAX;
        for n in 0..300 {
            gathered.count(&name(n), Outcome::NeighbourStopped, &most);
            gathered.dropped(&name(n), u64::MAX);
            gathered.line(line(name(n).as_str(), "\"".repeat(n % 50 * MAX_MESSAGE / 100)));
        }
        let (mut lines, mut counts, mut dropped) = (0, 0, 0);
        while !gathered.is_empty() {
            let report = gathered.report(&"e".repeat(36), u64::MAX, i64::MAX);
            (lines, counts) = (lines + report.lines.len(), counts + report.counts.len());
            dropped += report.dropped.len();
            encode(&ToTelemetry::Report(report)).expect("a packet");
        }
        assert_eq!((lines, counts, dropped, gathered.bytes), (300, 300, 300, 0));
    }

    #[test]
    fn beyond_the_bound_lines_are_dropped_and_that_is_said_when_there_is_room_again() {
        let mut gathered = Gathered::default();
        while gathered.bytes <= MAX_LINES {
            gathered.line(line("f", "x".repeat(1000)));
        }
        let kept = gathered.lines.len();
        (0..3).for_each(|_| gathered.line(line("f", "gone".into())));
        assert_eq!(gathered.lines.len(), kept);
        let report = gathered.report("e", 1, 0);
        gathered.line(line("f", "after".into()));
        assert!(report.lines.len() > 10);
        let mut last = gathered.lines.iter().rev().map(|line| line.message.as_str());
        assert_eq!(last.next(), Some("after"));
        assert!(last.next().unwrap().starts_with("3 lines were dropped: "));
    }
}
