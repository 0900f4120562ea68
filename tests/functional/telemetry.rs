//! A telemetry database that is there already: what is in it is shown, and one that is damaged keeps nobody from starting.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bunbase_client::{Client, LogsRequest, MAX_LINES};
use bunbase_telemetry::{Count, Durations, Level, Line, Outcome, Report, Store};
use bunbase_tests::output::ok;
use bunbase_tests::{Suite, binary};
use tempfile::TempDir;

const OK: &str = "return new Response('ok')";

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("bb").tempdir().unwrap()
}

fn suite_in(state: &Path) -> Suite {
    let mut command = Command::new(binary("bunbase"));
    command.arg("up").arg("--state").arg(state).args(["--http", "127.0.0.1:0"]);
    Suite::from_command(state, command)
}

fn line(n: usize, level: Level, message: String) -> Line {
    let (function, version) = ("app".parse().unwrap(), "abc".to_owned());
    let time_us = i64::try_from(now().as_micros()).unwrap();
    let request_id = Some(format!("r{n}"));
    Line { time_us, function, version, request_id, worker_id: 1, level, message }
}

fn count(outcome: Outcome, durations_us: &[u64]) -> Count {
    let mut durations = Durations::default();
    durations_us.iter().for_each(|us| durations.add(*us));
    let minute = i64::try_from(now().as_secs() / 60).unwrap();
    let function = "app".parse().unwrap();
    Count { function, minute, outcome, cold_starts: 1, durations }
}

fn fill(state: &Path, lines: Vec<Line>, counts: Vec<Count>) {
    let mut store = Store::open(&state.join("telemetry.db")).unwrap();
    store
        .apply(&[Report { epoch: "e".into(), number: 1, lines, counts, ..Report::default() }])
        .unwrap();
}

#[test]
fn ten_thousand_lines_come_in_their_order_and_one_among_them_is_found() {
    let state = folder();
    let level = |n| if n % 1000 == 7 { Level::Error } else { Level::Info };
    let all = (0..10_500).map(|n| line(n, level(n), format!("{n} {}", "\u{1b}x".repeat(500))));
    fill(state.path(), all.collect(), Vec::new());
    let suite = suite_in(state.path());
    suite.deploy_handler("app", "", OK);
    let lines = suite.json_lines(&["logs", "app", "-n", "10000"]);
    let numbers = lines.iter().map(|line| {
        line["message"].as_str().unwrap().split(' ').next().unwrap().parse::<usize>().unwrap()
    });
    assert!(numbers.eq(500..10_500));
    assert_eq!(ok(&suite.bunbase(&["logs", "--level", "error"])).lines().count(), 11);
    let one = ok(&suite.bunbase(&["logs", "--request", "r777"]));
    assert!(one.lines().count() == 1 && one.contains(" app: 777 \\u{1b}x"), "{one}");
}

#[test]
fn a_client_that_takes_no_lines_holds_up_its_own_answer_and_no_other() {
    let state = folder();
    let all = (0..10_000).map(|n| line(n, Level::Info, "x".repeat(8000)));
    fill(state.path(), all.collect(), Vec::new());
    let suite = suite_in(state.path());
    let mut slow = Client::connect(suite.socket()).unwrap();
    let all = LogsRequest { limit: MAX_LINES, ..LogsRequest::default() };
    let mut lines = slow.logs(&all).unwrap();
    assert!(lines.next().unwrap().is_some());
    let mut others: Vec<Client> =
        (0..20).map(|_| Client::connect(suite.socket()).unwrap()).collect();
    for other in &mut others {
        assert!(other.logs(&all).unwrap().next().unwrap().is_some());
        other.status().unwrap();
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", suite.pid("ipcd").unwrap()));
    let peak = status.unwrap().lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
    });
    assert!(peak.unwrap() < 100 << 10, "{peak:?} KB of a log of 80 MB");
    let mut rest = 1;
    while lines.next().unwrap().is_some() {
        rest += 1;
    }
    assert_eq!(rest, 10_000);
}

#[test]
fn stats_has_what_was_counted() {
    let state = folder();
    let counts = vec![
        count(Outcome::Ok, &[1200; 98]),
        count(Outcome::ServerError, &[1200]),
        count(Outcome::Timeout, &[2_000_000]),
    ];
    fill(state.path(), Vec::new(), counts);
    let suite = suite_in(state.path());
    suite.deploy_handler("app", "", OK);
    suite.deploy_handler("quiet", "", OK);
    let all = suite.json(&["stats"]);
    assert_eq!(all["functions"][1]["function"], "quiet");
    let one = suite.json(&["stats", "app"]);
    let app = &one["functions"][0];
    assert!(
        app["invocations"].as_u64() >= Some(100) && app["cold_starts"].as_u64() >= Some(3),
        "{app}"
    );
    assert_eq!(app["errors"], serde_json::json!({"server_error": 1, "timeout": 1}));
    assert!(app["p50_us"].as_u64().unwrap() > 1000 && app["p50_us"].as_u64().unwrap() < 2500);
    assert_eq!(
        (app["minutes"].as_array().unwrap().len(), app["days"].as_array().unwrap().len()),
        (1, 1)
    );
    let table = ok(&suite.bunbase(&["stats", "app"]));
    assert!(table.contains("since ever") && table.contains("\ntimeout: 1\n"), "{table}");
    assert!(ok(&suite.bunbase(&["stats"])).contains("\nquiet"));
    assert_eq!(suite.bunbase(&["stats", "nobody"]).status.code(), Some(3));
}

#[test]
fn a_damaged_database_is_moved_aside_and_the_suite_starts() {
    let state = folder();
    std::fs::write(state.path().join("telemetry.db"), "rubbish".repeat(1000)).unwrap();
    let suite = suite_in(state.path());
    suite.deploy_handler("app", "", OK);
    assert_eq!(suite.get("/functions/app").text(), "ok");
    assert!(suite.log().contains("moved aside"), "{}", suite.log());
    let moved = std::fs::read(state.path().join("telemetry.db.damaged.1")).unwrap();
    assert_eq!(moved.len(), 7000);
}
