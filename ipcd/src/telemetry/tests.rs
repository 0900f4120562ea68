//! The telemetry database as ipcd holds it.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};

use bunbase_daemon::{ByteSize, Millis};
use bunbase_telemetry::{Filter, Level, Line};
use tempfile::TempDir;

use super::*;

fn telemetry(max_size: ByteSize) -> (TempDir, Telemetry) {
    let dir = tempfile::tempdir().unwrap();
    let logs = Logs { max_size, max_age: Millis::from_secs(3600) };
    let telemetry = Telemetry::at(&dir.path().join("telemetry.db"), logs).unwrap();
    (dir, telemetry)
}

fn report(number: u64, lines: usize, age_us: i64) -> Report {
    let line = Line {
        time_us: Timestamp::now().as_microsecond() - age_us,
        function: "hello".parse().unwrap(),
        version: "v".to_owned(),
        request_id: None,
        worker_id: 1,
        level: Level::Info,
        message: "x".repeat(800),
    };
    Report { epoch: "e".to_owned(), number, lines: vec![line; lines], ..Report::default() }
}

fn kept(telemetry: &Telemetry) -> i64 {
    let (first, last) = telemetry.read(|store| store.ends()).unwrap();
    if last == 0 { 0 } else { last - first + 1 }
}

#[test]
fn a_log_stays_in_its_bounds_whatever_comes() {
    let (_dir, telemetry) = telemetry(ByteSize::mib(1));
    for number in 1..=40 {
        telemetry.apply(&[report(number, 500, 0)]).unwrap();
        assert!(kept(&telemetry) <= 1100, "{} lines of 1000 bytes in 1 MB", kept(&telemetry));
    }
    assert!(kept(&telemetry) > 900, "no more goes than has to");
}

#[test]
fn old_lines_go_some_with_each_report() {
    let (_dir, telemetry) = telemetry(ByteSize::mib(256));
    telemetry.apply(&[report(1, 1000, 3_500_000_000)]).unwrap();
    assert_eq!(kept(&telemetry), 1000);
    let logs = Logs { max_age: Millis::from_secs(60), ..telemetry.logs.clone() };
    let telemetry = Telemetry { logs, ..telemetry };
    telemetry.apply(&[report(2, 1, 0)]).unwrap();
    assert!((1..1000).contains(&kept(&telemetry)), "not all at once");
    (3..10).for_each(|number| drop(telemetry.apply(&[report(number, 1, 0)]).unwrap()));
    assert_eq!(kept(&telemetry), 8);
}

#[test]
fn who_follows_is_woken_by_lines_and_by_nothing_else() {
    let (_dir, telemetry) = telemetry(ByteSize::mib(256));
    let mut news = telemetry.news();
    telemetry.apply(&[report(1, 0, 0)]).unwrap();
    assert!(!news.has_changed().unwrap());
    telemetry.apply(&[report(2, 3, 0)]).unwrap();
    assert!(news.has_changed().unwrap());
    let last = *news.borrow_and_update();
    telemetry.apply(&[report(2, 3, 0)]).unwrap();
    assert!(!news.has_changed().unwrap(), "it had been there before");
    let page = telemetry.read(|store| store.page(&Filter::default(), last - 3, last)).unwrap();
    assert_eq!(page.lines.len(), 3);
}

#[test]
fn a_file_that_a_reader_finds_damaged_is_moved_aside_and_goes_on_empty() {
    let (dir, telemetry) = telemetry(ByteSize::mib(256));
    telemetry.apply(&[report(1, 2000, 0)]).unwrap();
    let path = dir.path().join("telemetry.db");
    let telemetry = {
        drop(telemetry);
        Telemetry::at(&path, Logs { max_size: ByteSize::mib(256), max_age: Millis::from_secs(60) })
            .unwrap()
    };
    let length = path.metadata().unwrap().len();
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(4096)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(length - 4096).unwrap()]).unwrap();
    assert!(telemetry.read(|store| store.totals()).unwrap().is_empty());
    assert!(dir.path().join("telemetry.db.damaged.1").exists());
    telemetry.apply(&[report(2, 1, 0)]).unwrap();
    assert_eq!(kept(&telemetry), 1);
    assert!(telemetry.prometheus().contains("bunbase_build_info"));
}
