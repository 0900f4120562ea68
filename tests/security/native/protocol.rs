//! What a worker writes is hostile: nonsense ends the worker, and nothing else.

use std::io::Write;
use std::net::TcpStream;

use bunbase_tests::{Answer, Suite, wait};

use super::suite::attacked;

/// What ends the worker before the request has its answer.
const FATAL: [&str; 14] = [
    "unknown_id",
    "ready_twice",
    "other_version",
    "chunk_of_nothing",
    "pending_of_nothing",
    "line_without_end",
    "huge_raw_body",
    "negative_raw_body",
    "two_bodies",
    "bad_base64",
    "no_json",
    "deep_json",
    "word_of_the_host",
    "field_twice",
];

/// Answers that can't be passed on.
const UNFIT: [&str; 5] =
    ["status_99", "status_101", "status_1000", "header_injection", "header_name_injection"];

/// What comes when the answer is there already, and what is said of it.
const LATE: [(&str, &str); 2] = [
    ("answer_twice", "the worker wrote an answer to nothing that was asked"),
    ("chunk_after_the_end", "the worker wrote a part of an answer that was not asked for"),
];

/// What changes nothing: it is about another's request, about nothing, or for the gateway to say.
const IGNORED: [&str; 4] = ["earlier_id", "ack_of_nothing", "smuggled_length", "smuggled_encoding"];

/// Makes the attack, and says what the client saw. The neighbour goes on.
fn attack(suite: &Suite, name: &str) -> Answer {
    let answer = suite.get(&format!("/functions/attacker/{name}"));
    assert_eq!(suite.get("/functions/neighbour/hello").text(), "hello", "after {name}");
    answer
}

fn is_nonsense(answer: &Answer, name: &str) {
    assert_eq!(answer.status, 502, "{name}");
    assert_eq!(answer.json()["code"], "worker_nonsense", "{name}");
    assert!(answer.header("set-cookie").is_empty(), "{name}");
}

/// How many workers of the attacker's have been killed for what they wrote.
fn killed(suite: &Suite) -> usize {
    let log = suite.log();
    let of =
        |line: &&str| line.contains("worker killed") && line.contains("reason=Holder(Protocol)");
    log.lines().filter(of).count()
}

#[test]
fn nonsense_from_a_worker_ends_it_and_its_request() {
    let suite = attacked();
    for (before, name) in FATAL.into_iter().enumerate() {
        is_nonsense(&attack(&suite, name), name);
        wait::until_true(name, || killed(&suite) == before + 1);
    }
}

#[test]
fn an_answer_that_is_no_http_is_not_passed_on() {
    let suite = attacked();
    for name in UNFIT {
        is_nonsense(&attack(&suite, name), name);
    }
}

#[test]
fn an_answer_that_is_there_is_not_changed_by_what_comes_after_it() {
    let suite = attacked();
    for (name, said) in LATE {
        assert_eq!(attack(&suite, name).text(), "from the attacker", "{name}");
        wait::until_true(said, || suite.log().contains(said));
    }
    // schedulerd says so later than the gateway.
    wait::until_true("the end of each", || killed(&suite) == LATE.len());
}

#[test]
fn what_is_nobodys_business_changes_nothing() {
    let suite = attacked();
    for name in IGNORED {
        let answer = attack(&suite, name);
        assert_eq!(answer.text(), "from the attacker", "{name}");
        assert_eq!(answer.header("content-length"), ["17"], "{name}");
        assert!(answer.header("transfer-encoding").is_empty(), "{name}");
    }
}

/// Whoever sends more than was acknowledged is not waited for. The client reads nothing, so nothing is acknowledged.
#[test]
fn a_part_beyond_the_window_ends_the_worker() {
    let suite = attacked();
    let mut client = TcpStream::connect(suite.address()).unwrap();
    client
        .write_all(b"GET /functions/attacker/chunk_beyond_window HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    wait::until_true("its end", || suite.log().contains("the worker wrote more than its window"));
    assert_eq!(suite.get("/functions/neighbour/hello").text(), "hello");
}

/// A request whose body is sent as it is read.
#[test]
fn an_acknowledgement_of_more_than_was_sent_ends_the_worker() {
    let (suite, name) = (attacked(), "ack_of_more_than_was_sent");
    let answer = suite.post(&format!("/functions/attacker/{name}"), &vec![b'x'; 1 << 20]);
    is_nonsense(&answer, name);
    wait::until_true(name, || killed(&suite) == 1);
}

#[test]
fn a_flood_of_log_lines_is_cut_and_costs_the_neighbour_nothing() {
    let suite = attacked();
    assert_eq!(attack(&suite, "log_flood").text(), "from the attacker");
    let kept = suite.log().lines().filter(|line| line.contains("function: flood")).count();
    assert!((1..=2000).contains(&kept), "{kept} of 20000 lines");
}

/// What it writes is within a line, and without a control character.
#[test]
fn a_log_line_can_not_be_forged() {
    let suite = attacked();
    assert_eq!(attack(&suite, "forged_log").text(), "from the attacker");
    let log = suite.log();
    assert!(log.contains("forged_by_a_function"));
    let forged = |line: &str| line.starts_with("2026-01-01") || line.contains('\u{1b}');
    assert!(!log.lines().any(forged), "{log}");
}
