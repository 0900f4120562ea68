//! Answers that are streams: they arrive as they are sent, and stop when nobody reads them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bunbase_tests::{Project, Suite, wait};
use nix::sys::signal::{Signal, kill};

/// One function with a stream of each kind, and what became of those that were cut short.
const STREAMS: &str = "
    const notes: string[] = [];
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const bytes = (text: string) => new TextEncoder().encode(text);
    const stream = (source: object) => new Response(new ReadableStream(source));
    export default { async fetch(request: Request): Promise<Response> {
        let pulls = 0;
        switch (new URL(request.url).pathname) {
            case '/notes': return Response.json(notes);
            case '/events': return stream({
                async pull(controller) {
                    if (pulls++ === 5) return controller.close();
                    controller.enqueue(bytes(`data: ${pulls}\\n\\n`));
                    await wait(150);
                },
            });
            case '/large': return stream({
                pull(controller) {
                    if (pulls++ === 1024) return controller.close();
                    controller.enqueue(new Uint8Array(65536).fill(pulls % 251));
                },
            });
            case '/endless':
                request.signal.addEventListener('abort', () => notes.push('aborted'));
                return stream({
                    pull(controller) { pulls++; controller.enqueue(new Uint8Array(65536)); },
                    cancel() { notes.push(`cancelled after ${pulls}`); },
                });
            case '/broken': return stream({
                async pull(controller) {
                    if (pulls++ === 1) { await wait(100); throw new Error('broken on purpose'); }
                    controller.enqueue(bytes('half'));
                },
            });
            case '/silent': return stream({
                async pull(controller) { controller.enqueue(bytes('x')); await wait(60_000); },
            });
            default: return new Response('plain');
        }
    } }";

fn suite(toml: &str) -> Suite {
    let suite = Suite::start();
    suite.deploy(&Project::new("streams", STREAMS).toml(toml));
    suite
}

/// A request of its own connection, whose answer is read by hand.
fn open(suite: &Suite, path: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(suite.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "GET /functions/streams{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    BufReader::new(stream)
}

fn notes(suite: &Suite) -> Vec<String> {
    suite
        .get("/functions/streams/notes")
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note.as_str().unwrap().to_owned())
        .collect()
}

fn resident(suite: &Suite) -> u64 {
    let pid = suite.pid("gateway").unwrap();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn events_arrive_as_they_are_sent() {
    let suite = suite("[limits]\ntimeout = \"400ms\"");
    let begun = Instant::now();
    let lines = open(&suite, "/events").lines().map(|line| (line.unwrap(), begun.elapsed()));
    let events: Vec<(String, Duration)> =
        lines.filter(|(line, _)| line.starts_with("data: ")).collect();
    let texts: Vec<&str> = events.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(texts, ["data: 1", "data: 2", "data: 3", "data: 4", "data: 5"]);
    // All of it takes longer than the function's timeout, which bounds each silence.
    assert!(
        events[0].1 < Duration::from_millis(400) && events[4].1 > Duration::from_millis(550),
        "{events:?}"
    );
    assert!(
        events.windows(2).all(|pair| pair[1].1 - pair[0].1 > Duration::from_millis(50)),
        "{events:?}"
    );
}

#[test]
fn a_silence_beyond_the_timeout_breaks_the_answer_off() {
    let suite = suite("[limits]\ntimeout = \"300ms\"");
    let mut text = String::new();
    let begun = Instant::now();
    open(&suite, "/silent").read_to_string(&mut text).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5) && !text.ends_with("0\r\n\r\n"), "{text}");
    assert_eq!(suite.get("/functions/streams/").text(), "plain");
}

#[test]
fn a_large_answer_arrives_to_the_byte_and_takes_no_memory_on_its_way() {
    let suite = suite("");
    assert_eq!(suite.get("/functions/streams/").text(), "plain");
    let before = resident(&suite);
    let answer = suite.get("/functions/streams/large");
    assert_eq!(answer.body.len(), 64 << 20);
    assert!(
        answer
            .body
            .chunks(65536)
            .zip(1..)
            .all(|(part, n)| part.iter().all(|byte| usize::from(*byte) == n % 251))
    );
    let after = resident(&suite);
    assert!(after < before + 32 * 1024, "the gateway grew from {before} to {after} kB");
}

#[test]
fn a_client_that_does_not_read_stops_the_function_and_no_other() {
    let suite = suite("");
    let mut slow = open(&suite, "/endless");
    let mut first = [0; 65536];
    slow.read_exact(&mut first).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    for _ in 0..20 {
        assert_eq!(suite.get("/functions/streams/").text(), "plain");
    }
    drop(slow);
    let pulled = wait::until("the end of the stream", || {
        notes(&suite)
            .iter()
            .find_map(|note| note.strip_prefix("cancelled after ")?.parse::<u64>().ok())
    });
    // Windows, sockets and buffers hold some megabytes; a function that nobody stops makes gigabytes of it.
    assert!(pulled < 300, "{pulled} chunks of 64 KiB");
    assert!(notes(&suite).contains(&"aborted".to_owned()));
}

#[test]
fn an_answer_that_breaks_off_does_not_look_whole() {
    let suite = suite("");
    let mut text = String::new();
    open(&suite, "/broken").read_to_string(&mut text).unwrap();
    assert!(text.contains("half") && !text.ends_with("0\r\n\r\n"), "{text}");
    assert!(suite.log().contains("broken on purpose"));
    let mut endless = open(&suite, "/endless");
    endless.read_exact(&mut [0; 4096]).unwrap();
    suite.workers().into_iter().for_each(|worker| kill(worker, Signal::SIGKILL).unwrap());
    let mut rest = Vec::new();
    // The connection may be reset or closed; both are no proper end.
    let _ = endless.read_to_end(&mut rest);
    assert!(!rest.ends_with(b"0\r\n\r\n"));
}
