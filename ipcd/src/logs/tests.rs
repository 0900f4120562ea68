//! Lines on their way to a client, by a database of their own.

use std::time::{Duration, Instant};

use bunbase_telemetry::{Level, Line, Report};
use bunbase_wire::ipc::WINDOW;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::LocalSet;

use super::*;
use crate::caller::{Letter, Window};
use crate::config::Logs;
use bunbase_daemon::{ByteSize, Millis};

fn telemetry() -> (TempDir, Rc<Telemetry>) {
    let dir = tempfile::tempdir().unwrap();
    let logs = Logs { max_size: ByteSize::mib(256), max_age: Millis::from_secs(3600) };
    let telemetry = Telemetry::at(&dir.path().join("telemetry.db"), logs).unwrap();
    (dir, Rc::new(telemetry))
}

/// So many lines of a thousand bytes, told apart by their numbers.
fn write(telemetry: &Telemetry, number: u64, numbers: std::ops::Range<i64>) {
    let line = |n: i64| Line {
        time_us: Timestamp::now().as_microsecond(),
        function: if n % 2 == 0 { "even" } else { "odd" }.parse().unwrap(),
        version: "v".to_owned(),
        request_id: None,
        worker_id: 1,
        level: Level::Info,
        message: format!("{n} {}", "x".repeat(1000)),
    };
    let lines = numbers.map(line).collect();
    let report = Report { epoch: "e".to_owned(), number, lines, ..Report::default() };
    telemetry.apply(&[report]).unwrap();
}

struct Client {
    letters: mpsc::Receiver<Letter>,
    window: Rc<Window>,
    bytes: Vec<u8>,
}

/// The way to a client.
fn way() -> (Outlet, Client) {
    let (outbox, letters) = mpsc::channel(64);
    let window = Rc::<Window>::default();
    let client = Client { letters, window: Rc::clone(&window), bytes: Vec::new() };
    (Outlet { id: 1, outbox, window }, client)
}

impl Client {
    /// Takes what comes until there are so many lines of it.
    async fn take(&mut self, lines: usize) -> Vec<LogLine> {
        while self.bytes.iter().filter(|byte| **byte == b'\n').count() < lines {
            let (_, answer) = self.letters.recv().await.expect("a part");
            self.window.acknowledged(answer.raw.len() as u64);
            self.bytes.extend_from_slice(&answer.raw);
        }
        let taken = std::mem::take(&mut self.bytes);
        taken
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }
}

fn number(line: &LogLine) -> i64 {
    line.message.split(' ').next().unwrap().parse().unwrap()
}

async fn read(telemetry: &Rc<Telemetry>, request: LogsRequest) -> Vec<LogLine> {
    let (outlet, mut client) = way();
    let filter = filter(&request).unwrap();
    let mut reading = Reading::begin(telemetry, &request, filter, outlet).await.unwrap();
    let last = *telemetry.news().borrow();
    let sending = async {
        reading.send_up_to(last).await.unwrap();
        drop(reading);
    };
    let taking = async {
        let mut all = Vec::new();
        while let Some((_, answer)) = client.letters.recv().await {
            client.window.acknowledged(answer.raw.len() as u64);
            all.extend_from_slice(&answer.raw);
        }
        all
    };
    let ((), all) = tokio::join!(sending, taking);
    all.split_inclusive(|byte| *byte == b'\n')
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

fn numbers(lines: &[LogLine]) -> Vec<i64> {
    lines.iter().map(number).collect()
}

#[tokio::test]
async fn the_newest_lines_come_and_one_reads_on_behind_the_last_of_them() {
    let (_dir, telemetry) = telemetry();
    write(&telemetry, 1, 0..10_000);
    let odd = |limit, after| LogsRequest {
        function: Some("odd".parse().unwrap()),
        limit,
        after,
        ..LogsRequest::default()
    };
    let newest = read(&telemetry, odd(3, None)).await;
    assert_eq!(numbers(&newest), [9995, 9997, 9999]);
    let first = read(&telemetry, odd(2, Some(0))).await;
    assert_eq!(numbers(&first), [1, 3]);
    let next = read(&telemetry, odd(2, Some(first[1].id))).await;
    assert_eq!(numbers(&next), [5, 7]);
    assert!(read(&telemetry, odd(9, Some(newest[2].id))).await.is_empty());
    assert!(read(&telemetry, odd(9, Some(i64::MAX))).await.is_empty());
    assert!(read(&telemetry, odd(0, None)).await.is_empty());
    assert_eq!(read(&telemetry, odd(MAX_LINES, None)).await.len(), 5000);
}

#[tokio::test]
async fn lines_that_are_too_old_are_not_seen_though_nobody_has_pruned_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("telemetry.db");
    let logs = |max_age| Logs { max_size: ByteSize::mib(256), max_age };
    let telemetry = Telemetry::at(&path, logs(Millis::from_secs(3600))).unwrap();
    write(&telemetry, 1, 0..10);
    drop(telemetry);
    let telemetry = Rc::new(Telemetry::at(&path, logs(Millis::new(0))).unwrap());
    assert!(read(&telemetry, LogsRequest::default()).await.is_empty());
}

#[test]
fn a_follower_has_each_line_once_soon_after_it_was_applied() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (_dir, telemetry) = telemetry();
        write(&telemetry, 1, 0..5);
        let (outlet, mut client) = way();
        let request = LogsRequest { limit: 2, follow: true, ..LogsRequest::default() };
        let filter = filter(&request).unwrap();
        let mut reading = Reading::begin(&telemetry, &request, filter, outlet).await.unwrap();
        let news = telemetry.news();
        tokio::task::spawn_local(async move { reading.follow(news).await });
        assert_eq!(numbers(&client.take(2).await), [3, 4]);
        for n in 5_i64..50 {
            let begun = Instant::now();
            write(&telemetry, n.unsigned_abs(), n..n + 1);
            assert_eq!(numbers(&client.take(1).await), [n]);
            assert!(begun.elapsed() < Duration::from_millis(100));
        }
    });
}

#[test]
fn a_follower_that_takes_nothing_holds_no_lines_and_has_all_of_them_later() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (_dir, telemetry) = telemetry();
        let (outlet, mut client) = way();
        let request = LogsRequest { follow: true, ..LogsRequest::default() };
        let filter = filter(&request).unwrap();
        let mut reading = Reading::begin(&telemetry, &request, filter, outlet).await.unwrap();
        let news = telemetry.news();
        tokio::task::spawn_local(async move { reading.follow(news).await });
        for n in 0_i64..20 {
            write(&telemetry, n.unsigned_abs() + 1, n * 500..(n + 1) * 500);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut under_way = 0;
        while let Ok((_, answer)) = client.letters.try_recv() {
            under_way += answer.raw.len();
            client.bytes.extend_from_slice(&answer.raw);
        }
        assert!((1..=WINDOW).contains(&under_way), "{under_way} of 10 MB");
        client.window.acknowledged(under_way as u64);
        assert_eq!(numbers(&client.take(10_000).await), (0..10_000).collect::<Vec<_>>());
    });
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    let refused = |request: LogsRequest| filter(&request).is_err();
    let time = |text: &str| Some(text.to_owned());
    assert!(!refused(LogsRequest::default()));
    assert!(refused(LogsRequest { limit: MAX_LINES + 1, ..LogsRequest::default() }));
    assert!(refused(LogsRequest { since: time("yesterday"), ..LogsRequest::default() }));
    let both =
        LogsRequest { follow: true, until: time("2026-11-24T09:30:00Z"), ..LogsRequest::default() };
    assert!(refused(both));
}

#[test]
fn times_have_microseconds_and_stay_in_the_calendar() {
    assert_eq!(format!("{:.6}", timestamp(1_000_000)), "1970-01-01T00:00:01.000000Z");
    assert_eq!(timestamp(i64::MAX), Timestamp::MAX);
}
