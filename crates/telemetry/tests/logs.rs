//! Lines are found again.
#![allow(clippy::unwrap_used, missing_docs)]

use bunbase_telemetry::{Filter, Level, Line, PAGE_BYTES, Report, STEP, Store};
use tempfile::TempDir;

mod found;
use found::messages;

fn line(time_us: i64, level: Level, message: &str) -> Line {
    let (function, version) = ("hello".parse().unwrap(), "abc".to_owned());
    let (request_id, message) = (Some("r1".to_owned()), message.to_owned());
    Line { time_us, function, version, request_id, worker_id: 7, level, message }
}

fn store(lines: Vec<Line>) -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("telemetry.db")).unwrap();
    store.apply(&[Report { epoch: "e".into(), number: 1, lines, ..Report::default() }]).unwrap();
    (dir, store)
}

fn of(function: &str) -> Filter {
    Filter { function: Some(function.into()), ..Filter::default() }
}

#[test]
fn lines_of_a_request_are_found_among_those_of_a_function() {
    let other = Line { request_id: None, ..line(2, Level::Info, "b") };
    let (_dir, store) = store(vec![line(1, Level::Info, "a"), other, line(3, Level::Info, "c")]);
    let of_request = |id: &str| Filter { request_id: Some(id.into()), ..of("hello") };
    assert_eq!(messages(&store, &of_request("r1"), 9), ["a", "c"]);
    assert!(messages(&store, &of_request("r2"), 9).is_empty());
}

#[test]
fn the_newest_lines_that_are_wanted_come_in_their_order() {
    let (_dir, store) = store(vec![
        line(1, Level::Error, "a"),
        line(2, Level::Debug, "b"),
        line(3, Level::Warn, "c"),
    ]);
    let warnings = Filter { level: Some(Level::Warn), ..Filter::default() };
    let second = Filter { since_us: Some(2), until_us: Some(3), ..Filter::default() };
    assert_eq!(messages(&store, &found::all(), 2), ["b", "c"]);
    assert_eq!(messages(&store, &warnings, 9), ["a", "c"]);
    assert_eq!(messages(&store, &second, 9), ["b"]);
    assert!(messages(&store, &of("other"), 9).is_empty());
    assert!(messages(&store, &found::all(), 0).is_empty());
}

#[test]
fn a_line_is_found_among_many_in_steps_of_a_bounded_length() {
    let many = 3 * STEP + 5;
    let mut lines: Vec<Line> = (0..many).map(|n| line(n, Level::Info, &n.to_string())).collect();
    lines[7].function = "rare".parse().unwrap();
    lines[usize::try_from(STEP).unwrap() + 1].function = "rare".parse().unwrap();
    let (_dir, store) = store(lines);
    assert_eq!(messages(&store, &of("rare"), 9), ["7", &(STEP + 1).to_string()]);
    assert_eq!(messages(&store, &of("rare"), 1), [(STEP + 1).to_string()]);
    let all = u32::try_from(many).unwrap();
    assert_eq!(
        found::lines(&store, &found::all(), all - 1)[0].line.message,
        "1",
        "steps leave none out"
    );
    let (_, last) = store.ends().unwrap();
    assert!(store.back(&of("rare"), last + 1, 9).unwrap().is_empty(), "one step looks at no more");
    assert_eq!(store.page(&of("rare"), last - 2 * STEP, last).unwrap().looked, last - STEP);
}

#[test]
fn a_page_has_a_bounded_number_of_bytes_and_goes_on_where_it_ended() {
    let lines = (0..10).map(|n| line(n, Level::Info, &"x".repeat(PAGE_BYTES / 2))).collect();
    let (_dir, store) = store(lines);
    let (first, last) = store.ends().unwrap();
    let page = store.page(&found::all(), first - 1, last).unwrap();
    assert_eq!((page.lines.len(), page.looked), (2, first + 1));
    assert_eq!(messages(&store, &found::all(), 99).len(), 10);
}

#[test]
fn a_row_of_no_function_is_an_error_and_no_damage() {
    let (dir, store) = store(vec![line(1, Level::Info, "a")]);
    let other = rusqlite::Connection::open(dir.path().join("telemetry.db")).unwrap();
    other.execute("UPDATE line SET function = 'No Name'", []).unwrap();
    let (first, last) = store.ends().unwrap();
    let error = store.page(&found::all(), first - 1, last).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(!error.is_damage() && cause.contains("index: 2"), "{cause}");
}
