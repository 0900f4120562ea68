//! Promises of the store.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::slice::from_ref;

use bunbase_telemetry::{
    Applied, Bounds, Count, Dropped, Durations, Level, Line, Outcome, Report, STEP, Span, Store,
};

mod found;
use found::messages;

fn line(time_us: i64, level: Level, message: &str) -> Line {
    let (function, version) = ("hello".parse().unwrap(), "abc".to_owned());
    let (request_id, message) = (Some("r1".to_owned()), message.to_owned());
    Line { time_us, function, version, request_id, worker_id: 7, level, message }
}

fn count(minute: i64, outcome: Outcome) -> Count {
    let mut durations = Durations::default();
    durations.add(300);
    let function = "hello".parse().unwrap();
    Count { function, minute, outcome, cold_starts: 1, durations }
}

fn report(number: u64) -> Report {
    let (lines, counts) = (vec![line(5, Level::Info, "hi")], vec![count(1, Outcome::Ok)]);
    Report { epoch: "e".into(), number, lines, counts, ..Report::default() }
}

fn of_lines(number: u64, lines: Vec<Line>) -> Report {
    Report { epoch: "e".into(), number, lines, ..Report::default() }
}

fn of_counts(number: u64, counts: Vec<Count>) -> Report {
    Report { epoch: "e".into(), number, counts, ..Report::default() }
}

fn apply(store: &mut Store, report: &Report) -> Applied {
    store.apply(from_ref(report)).unwrap()[0]
}

fn counted(store: &Store) -> u64 {
    store.totals_of("hello").unwrap().values().map(|total| total.durations.count()).sum()
}

/// Overwrites the file behind its first page, while it is open.
fn damage(path: &Path) {
    let length = path.metadata().unwrap().len();
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(length - 4096).unwrap()]).unwrap();
}

#[test]
fn a_report_that_is_sent_again_is_counted_once_even_by_a_store_opened_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetry.db");
    let first = apply(&mut Store::open(&path).unwrap(), &report(1));
    let mut store = Store::open(&path).unwrap();
    let rest = store.apply(&[1, 2, 2, 1].map(report)).unwrap();
    assert_eq!(first, Applied::Now);
    assert_eq!(rest, [Applied::Before, Applied::Now, Applied::Before, Applied::Before]);
    let total = store.totals_of("hello").unwrap()["ok"];
    assert_eq!((total.durations.count(), total.cold_starts, total.durations.sum_us), (2, 2, 600));
    assert_eq!(messages(&store, &found::all(), 10).len(), 2);
}

#[test]
fn reports_are_kept_together_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let impossible = Report { epoch: "f".into(), number: u64::MAX, ..Report::default() };
    assert!(store.apply(&[report(1), impossible]).is_err());
    assert_eq!((counted(&store), messages(&store, &found::all(), 10).len()), (0, 0));
    assert_eq!(store.apply(&[report(1), report(2)]).unwrap(), [Applied::Now, Applied::Now]);
    assert_eq!(counted(&store), 2);
}

#[test]
fn a_holder_that_reports_is_remembered_and_one_that_is_long_over_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    for n in 1..=200 {
        assert_eq!(apply(&mut store, &report(n)), Applied::Now);
        apply(&mut store, &Report { epoch: format!("other {n}"), number: 1, ..Report::default() });
    }
    let over = Report { epoch: "other 1".into(), number: 1, ..Report::default() };
    assert_eq!(apply(&mut store, &report(200)), Applied::Before);
    assert_eq!(apply(&mut store, &over), Applied::Now);
}

#[test]
fn what_is_too_old_or_too_much_goes_in_small_steps_and_the_oldest_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let lines = (0..10).map(|n| line(n, Level::Info, &n.to_string())).collect();
    apply(&mut store, &of_lines(1, lines));
    let old = Bounds { max_size: u64::MAX, oldest_us: 5 };
    assert_eq!([0; 3].map(|_| store.prune(old, 3).unwrap()), [3, 2, 0]);
    assert_eq!(store.prune(Bounds { max_size: 2 * 201, oldest_us: 0 }, 100).unwrap(), 3);
    assert_eq!(messages(&store, &found::all(), 9), ["8", "9"]);
}

#[test]
fn ids_rise_even_over_a_log_that_is_empty_again_or_was_moved_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetry.db");
    let mut store = Store::open(&path).unwrap();
    apply(&mut store, &report(1));
    let (_, first) = store.ends().unwrap();
    store.prune(Bounds { max_size: 0, oldest_us: 0 }, 100).unwrap();
    assert_eq!(store.ends().unwrap(), (0, 0));
    apply(&mut store, &report(2));
    assert_eq!(store.ends().unwrap(), (first + 1, first + 1));
    store.begin_anew().unwrap();
    apply(&mut store, &report(3));
    assert!(store.ends().unwrap().0 > first + 1 && first > STEP);
}

#[test]
fn counts_are_kept_by_minute_and_day_as_long_as_promised_and_since_ever() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let day = 24 * 60;
    let minutes = [0, 1, 60, 119, 120, 121, day, 29 * day, 30 * day, 30 * day + 1];
    let counts = minutes.into_iter().map(|minute| count(minute, Outcome::Ok)).collect();
    apply(&mut store, &of_counts(1, counts));
    let starts = |span| store.series("hello", span, 0).unwrap().into_keys().collect::<Vec<_>>();
    assert_eq!(starts(Span::Minute), [30 * day, 30 * day + 1]);
    assert_eq!(starts(Span::Day), [1, 29, 30]);
    assert_eq!(starts(Span::Ever), [0]);
    assert_eq!(counted(&store), 10);
    let today = store.series("hello", Span::Day, 30).unwrap();
    assert_eq!(today[&30]["ok"].durations.count(), 2);
}

#[test]
fn no_number_is_too_large() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let mut wild = count(1, Outcome::Ok);
    (wild.cold_starts, wild.durations.sum_us, wild.durations.buckets[0]) =
        (u64::MAX, u64::MAX, u64::MAX);
    let counts = vec![count(1, Outcome::Timeout), wild.clone(), wild];
    for number in 1..200 {
        let dropped = vec![Dropped { function: "hello".parse().unwrap(), lines: u64::MAX }; 100];
        let counts = counts.clone();
        apply(&mut store, &Report { dropped, ..of_counts(number, counts) });
    }
    assert_eq!(store.dropped().unwrap()["hello"], 1 << 52);
    let totals = store.totals().unwrap();
    assert_eq!(totals["hello"].keys().collect::<Vec<_>>(), ["ok", "timeout"]);
    assert!(totals["hello"]["ok"].durations.count() > 1 << 48);
}

#[test]
fn lines_that_are_not_kept_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let dropped = |lines| vec![Dropped { function: "hello".parse().unwrap(), lines }];
    for (number, lines) in [(1, 5), (2, 2)] {
        apply(&mut store, &Report { dropped: dropped(lines), ..of_counts(number, Vec::new()) });
    }
    assert_eq!(store.dropped().unwrap(), BTreeMap::from([("hello".to_owned(), 7)]));
    assert!(messages(&store, &found::all(), 9).is_empty());
}

#[test]
fn a_damaged_file_is_moved_aside_and_never_over_another_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetry.db");
    let mut kept = Vec::new();
    for n in 0..12_u8 {
        std::fs::write(&path, [b'a' + n; 7000]).unwrap();
        let mut store = Store::open(&path).unwrap();
        kept.push(store.moved().unwrap());
        assert_eq!(store.moved(), None, "it is said once");
        assert_eq!(apply(&mut store, &report(1)), Applied::Now);
    }
    assert_eq!(std::fs::read(&kept[0]).unwrap(), [b'a'; 7000]);
    assert_eq!(std::fs::read(&kept[7]).unwrap(), [b'h'; 7000]);
    kept.dedup();
    assert_eq!(kept.len(), 9, "those that are kept have a bound");
}

#[test]
fn a_file_that_is_damaged_while_it_is_open_is_moved_aside_and_the_report_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetry.db");
    let lines =
        |from: i64| (from..from + 2000).map(|n| line(n, Level::Info, &"x".repeat(500))).collect();
    apply(&mut Store::open(&path).unwrap(), &of_lines(1, lines(0)));
    let mut store = Store::open(&path).unwrap();
    damage(&path);
    let reports = [of_lines(2, lines(2000)), report(3)];
    assert_eq!(store.apply(&reports).unwrap(), [Applied::Now, Applied::Now]);
    assert!(store.moved().is_some_and(|moved| moved.metadata().unwrap().len() > 500_000));
    assert_eq!((counted(&store), messages(&store, &found::all(), 9000).len()), (1, 2001));
    drop(store);
    assert_eq!(counted(&Store::open(&path).unwrap()), 1, "the new file is whole");
}

#[test]
fn a_file_of_another_release_is_moved_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetry.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    drop(other);
    let mut store = Store::open(&path).unwrap();
    assert!(store.moved().is_some());
    assert_eq!(apply(&mut store, &report(1)), Applied::Now);
}

#[test]
fn a_new_file_that_cannot_be_begun_is_tried_again_with_the_next_report() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("state");
    std::fs::create_dir(&folder).unwrap();
    let mut store = Store::open(&folder.join("telemetry.db")).unwrap();
    apply(&mut store, &report(1));
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(store.begin_anew().is_err());
    assert!(store.apply(&[report(2)]).is_err());
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(apply(&mut store, &report(2)), Applied::Now);
    assert_eq!(counted(&Store::open(&folder.join("telemetry.db")).unwrap()), 1);
}
