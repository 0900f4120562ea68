//! Promises of the store.
#![allow(clippy::unwrap_used, missing_docs)]

use bunbase_telemetry::{Applied, Batch, Bounds, Count, Durations, Filter, Level, Line, Store};

fn line(time_us: i64, level: Level, message: &str) -> Line {
    let (function, version) = ("hello".to_owned(), "abc".to_owned());
    Line {
        time_us,
        function,
        version,
        request_id: Some("r1".into()),
        worker_id: 7,
        level,
        message: message.into(),
    }
}

fn batch(number: u64) -> Batch {
    let mut durations = Durations::default();
    durations.add(300);
    let count = Count {
        function: "hello".into(),
        minute: 1,
        outcome: "ok".into(),
        cold_starts: 1,
        durations,
    };
    Batch {
        epoch: "e".into(),
        number,
        lines: vec![line(5, Level::Info, "hi")],
        counts: vec![count],
    }
}

fn messages(store: &Store, filter: &Filter, limit: u32) -> Vec<String> {
    store.lines(filter, limit).unwrap().into_iter().map(|kept| kept.line.message).collect()
}

#[test]
fn a_batch_that_is_sent_again_is_counted_once_even_by_a_store_opened_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetry.db");
    let first = Store::open(&path).unwrap().apply(&batch(1)).unwrap();
    let mut store = Store::open(&path).unwrap();
    let rest = [1, 2, 2, 1].map(|number| store.apply(&batch(number)).unwrap());
    assert_eq!(first, Applied::Now);
    assert_eq!(rest, [Applied::Before, Applied::Now, Applied::Before, Applied::Before]);
    let totals = store.totals("hello").unwrap();
    assert_eq!(
        (totals[0].durations.count(), totals[0].cold_starts, totals[0].durations.sum_us),
        (2, 2, 600)
    );
    assert_eq!(store.lines(&Filter::default(), 10).unwrap().len(), 2);
}

#[test]
fn a_holder_that_reports_is_remembered_and_one_that_is_long_over_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    for n in 1..=200 {
        assert_eq!(store.apply(&batch(n)).unwrap(), Applied::Now);
        store.apply(&Batch { epoch: format!("other {n}"), number: 1, ..Batch::default() }).unwrap();
    }
    let over = Batch { epoch: "other 1".into(), number: 1, ..Batch::default() };
    assert_eq!(store.apply(&batch(200)).unwrap(), Applied::Before);
    assert_eq!(store.apply(&over).unwrap(), Applied::Now);
}

#[test]
fn lines_of_a_request_are_found_among_those_of_a_function() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let other = Line { request_id: None, ..line(2, Level::Info, "b") };
    let lines = vec![line(1, Level::Info, "a"), other, line(3, Level::Info, "c")];
    store.apply(&Batch { epoch: "e".into(), number: 1, lines, counts: vec![] }).unwrap();
    let wanted = Filter {
        function: Some("hello".into()),
        request_id: Some("r1".into()),
        ..Filter::default()
    };
    assert_eq!(messages(&store, &wanted, 9), ["a", "c"]);
    assert_eq!(
        messages(&store, &Filter { request_id: Some("r2".into()), ..Filter::default() }, 9).len(),
        0
    );
}

#[test]
fn the_newest_lines_that_are_wanted_come_in_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let lines =
        vec![line(1, Level::Error, "a"), line(2, Level::Debug, "b"), line(3, Level::Warn, "c")];
    store.apply(&Batch { epoch: "e".into(), number: 1, lines, counts: vec![] }).unwrap();
    assert_eq!(messages(&store, &Filter::default(), 2), ["b", "c"]);
    assert_eq!(
        messages(&store, &Filter { level: Some(Level::Warn), ..Filter::default() }, 9),
        ["a", "c"]
    );
    assert_eq!(
        messages(&store, &Filter { since_us: Some(2), until_us: Some(3), ..Filter::default() }, 9),
        ["b"]
    );
    assert!(
        messages(&store, &Filter { function: Some("other".into()), ..Filter::default() }, 9)
            .is_empty()
    );
}

#[test]
fn what_is_too_old_or_too_much_goes_in_small_steps_and_the_oldest_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    let lines = (0..10).map(|n| line(n, Level::Info, &n.to_string())).collect();
    store.apply(&Batch { epoch: "e".into(), number: 1, lines, counts: vec![] }).unwrap();
    let old = Bounds { max_size: u64::MAX, oldest_us: 5 };
    assert_eq!([0; 3].map(|_| store.prune(old, 3).unwrap()), [3, 2, 0]);
    assert_eq!(store.prune(Bounds { max_size: 2 * 201, oldest_us: 0 }, 100).unwrap(), 3);
    assert_eq!(messages(&store, &Filter::default(), 9), ["8", "9"]);
}

#[test]
fn a_damaged_file_is_moved_aside_and_a_new_one_begun() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetry.db");
    std::fs::write(&path, "rubbish".repeat(1000)).unwrap();
    let mut store = Store::open(&path).unwrap();
    assert_eq!(std::fs::read(store.moved().unwrap()).unwrap().len(), 7000);
    assert_eq!(store.apply(&batch(1)).unwrap(), Applied::Now);
}
