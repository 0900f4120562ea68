//! Requests whose bodies are streams: functions read them as they come, and nobody holds more than the window.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bunbase_tests::{Project, Suite};

const UPLOADS: &str = "
    export default { async fetch(request: Request): Promise<Response> {
        switch (new URL(request.url).pathname) {
            case '/echo': return new Response(request.body);
            case '/ignore': return new Response('ignored');
            case '/late':
                await new Promise((resolve) => setTimeout(resolve, 300));
                return new Response('late');
            case '/parts': {
                let parts = 0;
                for await (const part of request.body!) parts += part.length > 0 ? 1 : 0;
                return new Response(`${parts}`);
            }
            default: {
                const bytes = await request.bytes();
                let sum = 0;
                for (let at = 0; at < bytes.length; at += 997) sum += bytes[at]!;
                return Response.json({ length: bytes.length, sum });
            }
        }
    } }";

fn suite(toml: &str) -> Suite {
    let suite = Suite::with_config(&[("gateway.toml", "body_timeout = \"2s\"")]);
    suite.deploy(&Project::new("uploads", UPLOADS).toml(toml));
    suite
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

/// A request whose body is written by hand, in chunks.
fn open(suite: &Suite, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(suite.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "POST /functions/uploads{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         transfer-encoding: chunked\r\n\r\n"
    )
    .unwrap();
    stream
}

fn chunk(stream: &mut TcpStream, bytes: &[u8]) {
    write!(stream, "{:x}\r\n", bytes.len()).unwrap();
    stream.write_all(bytes).unwrap();
    stream.write_all(b"\r\n").unwrap();
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_body_of_ten_megabytes_arrives_whole_in_a_function_of_little_memory() {
    let suite = suite("[limits]\nmemory = \"64MB\"");
    let body = pattern(10_000_000);
    let expected: u64 = body.iter().step_by(997).map(|byte| u64::from(*byte)).sum();
    let answer = suite.post("/functions/uploads/sum", &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json(), serde_json::json!({ "length": body.len(), "sum": expected }));
}

#[test]
fn a_large_body_that_is_echoed_comes_back_byte_for_byte() {
    let suite = suite("");
    let body = pattern(600_000);
    let answer = suite.post("/functions/uploads/echo", &body);
    assert_eq!((answer.status, answer.body == body), (200, true));
}

/// The answer to the first part arrives before the second is sent.
#[test]
fn a_function_answers_while_its_request_is_still_being_sent() {
    let suite = suite("");
    let mut stream = open(&suite, "/echo");
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    for word in ["one\n", "two\n"] {
        chunk(&mut stream, word.as_bytes());
        let mut line = String::new();
        while !line.ends_with(word) {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the end instead of {word:?}");
        }
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
}

#[test]
fn a_client_that_still_sends_when_it_is_answered_sees_the_answer() {
    let suite = suite("");
    for path in ["/ignore", "/late"] {
        let answer = suite.post(&format!("/functions/uploads{path}"), &pattern(9_000_000));
        assert_eq!(answer.status, 200, "{path}");
    }
    assert_eq!(suite.get("/functions/uploads/ignore").text(), "ignored");
}

#[test]
fn a_body_of_unknown_length_beyond_a_limit_is_413_and_names_the_limit() {
    let suite = suite("[http]\nmax_body = \"1KB\"");
    let mut stream = open(&suite, "/sum");
    (0..20).for_each(|_| chunk(&mut stream, &[0; 100]));
    let answer = answer(stream);
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("http.max_body"), "{answer}");
}

#[test]
fn a_body_that_stalls_is_408_and_the_worker_goes_on() {
    let suite = suite("");
    let worker = |suite: &Suite| suite.workers().first().copied();
    assert_eq!(suite.get("/functions/uploads/ignore").text(), "ignored");
    let before = worker(&suite);
    let mut stream = open(&suite, "/sum");
    chunk(&mut stream, b"half");
    let answer = answer(stream);
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("body_timeout"), "{answer}");
    assert_eq!(suite.get("/functions/uploads/ignore").text(), "ignored");
    assert_eq!(worker(&suite), before);
}

#[test]
fn a_body_that_is_no_http_is_400_and_the_worker_goes_on() {
    let suite = suite("");
    let mut stream = open(&suite, "/sum");
    stream.write_all(b"nonsense\r\n").unwrap();
    assert!(answer(stream).starts_with("HTTP/1.1 400 "));
    assert_eq!(suite.get("/functions/uploads/ignore").text(), "ignored");
}

#[test]
fn a_client_that_goes_away_within_its_body_harms_nobody() {
    let suite = suite("");
    let worker = |suite: &Suite| suite.workers().first().copied();
    assert_eq!(suite.get("/functions/uploads/ignore").text(), "ignored");
    let before = worker(&suite);
    for path in ["/sum", "/echo", "/parts"] {
        let mut stream = open(&suite, path);
        chunk(&mut stream, &[0; 1000]);
        std::thread::sleep(Duration::from_millis(50));
        drop(stream);
    }
    assert_eq!(suite.get("/functions/uploads/ignore").text(), "ignored");
    assert_eq!(worker(&suite), before);
}
