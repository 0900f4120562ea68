//! Promises of the store.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::slice::from_ref;

use bunbase_telemetry::{Applied, Batch, Bounds, Count, Durations, Level, Line, STEP, Span, Store};

mod found;
use found::messages;

fn line(time_us: i64, level: Level, message: &str) -> Line {
    let (function, version) = ("hello".to_owned(), "abc".to_owned());
    let (request_id, message) = (Some("r1".to_owned()), message.to_owned());
    Line { time_us, function, version, request_id, worker_id: 7, level, message }
}

fn count(minute: i64, outcome: &str) -> Count {
    let mut durations = Durations::default();
    durations.add(300);
    let (function, outcome) = ("hello".to_owned(), outcome.to_owned());
    Count { function, minute, outcome, cold_starts: 1, durations }
}

fn batch(number: u64) -> Batch {
    let (lines, counts) = (vec![line(5, Level::Info, "hi")], vec![count(1, "ok")]);
    Batch { epoch: "e".into(), number, lines, counts, ..Batch::default() }
}

fn of_lines(number: u64, lines: Vec<Line>) -> Batch {
    Batch { epoch: "e".into(), number, lines, ..Batch::default() }
}

fn of_counts(number: u64, counts: Vec<Count>) -> Batch {
    Batch { epoch: "e".into(), number, counts, ..Batch::default() }
}

fn apply(store: &mut Store, batch: &Batch) -> Applied {
    store.apply(from_ref(batch)).unwrap()[0]
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
fn a_batch_that_is_sent_again_is_counted_once_even_by_a_store_opened_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetry.db");
    let first = apply(&mut Store::open(&path).unwrap(), &batch(1));
    let mut store = Store::open(&path).unwrap();
    let rest = store.apply(&[1, 2, 2, 1].map(batch)).unwrap();
    assert_eq!(first, Applied::Now);
    assert_eq!(rest, [Applied::Before, Applied::Now, Applied::Before, Applied::Before]);
    let total = store.totals_of("hello").unwrap()["ok"];
    assert_eq!((total.durations.count(), total.cold_starts, total.durations.sum_us), (2, 2, 600));
    assert_eq!(messages(&store, &found::all(), 10).len(), 2);
}

#[test]
fn batches_are_kept_together_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let impossible = Batch { epoch: "f".into(), number: u64::MAX, ..Batch::default() };
    assert!(store.apply(&[batch(1), impossible]).is_err());
    assert_eq!((counted(&store), messages(&store, &found::all(), 10).len()), (0, 0));
    assert_eq!(store.apply(&[batch(1), batch(2)]).unwrap(), [Applied::Now, Applied::Now]);
    assert_eq!(counted(&store), 2);
}

#[test]
fn a_holder_that_reports_is_remembered_and_one_that_is_long_over_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    for n in 1..=200 {
        assert_eq!(apply(&mut store, &batch(n)), Applied::Now);
        apply(&mut store, &Batch { epoch: format!("other {n}"), number: 1, ..Batch::default() });
    }
    let over = Batch { epoch: "other 1".into(), number: 1, ..Batch::default() };
    assert_eq!(apply(&mut store, &batch(200)), Applied::Before);
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
    apply(&mut store, &batch(1));
    let (_, first) = store.ends().unwrap();
    store.prune(Bounds { max_size: 0, oldest_us: 0 }, 100).unwrap();
    assert_eq!(store.ends().unwrap(), (0, 0));
    apply(&mut store, &batch(2));
    assert_eq!(store.ends().unwrap(), (first + 1, first + 1));
    store.begin_anew().unwrap();
    apply(&mut store, &batch(3));
    assert!(store.ends().unwrap().0 > first + 1 && first > STEP);
}

#[test]
fn counts_are_kept_by_minute_and_day_as_long_as_promised_and_since_ever() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let day = 24 * 60;
    let minutes = [0, 1, 60, 119, 120, 121, day, 29 * day, 30 * day, 30 * day + 1];
    let counts = minutes.into_iter().map(|minute| count(minute, "ok")).collect();
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
fn outcomes_are_words_and_no_number_is_too_large() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let mut wild = count(1, "a word with \"quotes\"");
    (wild.cold_starts, wild.durations.sum_us, wild.durations.buckets[0]) =
        (u64::MAX, u64::MAX, u64::MAX);
    let counts = vec![count(1, "timeout"), count(1, ""), wild.clone(), wild];
    apply(&mut store, &of_counts(1, counts));
    let totals = store.totals().unwrap();
    assert_eq!(totals["hello"].keys().collect::<Vec<_>>(), ["other", "timeout"]);
    assert!(totals["hello"]["other"].durations.count() > 1 << 48);
}

#[test]
fn lines_that_are_not_kept_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let mut batch = of_lines(1, vec![line(1, Level::Info, "a"), line(2, Level::Info, "b")]);
    batch.counts.push(count(1, "ok"));
    batch.dropped.insert("hello".into(), 5);
    batch.drop_lines();
    apply(&mut store, &batch);
    assert_eq!(store.dropped().unwrap()["hello"], 7);
    assert_eq!((messages(&store, &found::all(), 9).len(), counted(&store)), (0, 1));
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
        assert_eq!(apply(&mut store, &batch(1)), Applied::Now);
    }
    assert_eq!(std::fs::read(&kept[0]).unwrap(), [b'a'; 7000]);
    assert_eq!(std::fs::read(&kept[7]).unwrap(), [b'h'; 7000]);
    kept.dedup();
    assert_eq!(kept.len(), 9, "those that are kept have a bound");
}

#[test]
fn a_file_that_is_damaged_while_it_is_open_is_moved_aside_and_the_batch_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetry.db");
    let lines =
        |from: i64| (from..from + 2000).map(|n| line(n, Level::Info, &"x".repeat(500))).collect();
    apply(&mut Store::open(&path).unwrap(), &of_lines(1, lines(0)));
    let mut store = Store::open(&path).unwrap();
    damage(&path);
    let batches = [of_lines(2, lines(2000)), batch(3)];
    assert_eq!(store.apply(&batches).unwrap(), [Applied::Now, Applied::Now]);
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
    assert_eq!(apply(&mut store, &batch(1)), Applied::Now);
}
