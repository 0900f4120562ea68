//! Clients break off in the middle, again and again; afterwards everything is as it was.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use bunbase_tests::{Suite, process, wait};
use nix::unistd::Pid;

/// What may be kept of what was used once: buffers and tables grow to their size and stay.
const KEPT_KIB: u64 = 2048;

/// Answers at once, late, without end, or reads what is sent.
const APP: &str = "const path = new URL(request.url).pathname;
    if (path === '/slow') await new Promise((done) => setTimeout(done, 300));
    if (path === '/endless') return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(9000)) } }));
    return new Response(String((await request.text()).length))";

/// One client after the other that goes in another moment.
fn round(address: &str) {
    let requests = [
        "GET /functions/app HT",
        "GET /functions/app HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET /functions/app/slow HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET /functions/nobody HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST /functions/app HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nbegun",
        "POST /functions/app HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\nbegun",
        "POST /functions/app HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbegun\r\n",
    ];
    for request in requests {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
    }
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /functions/app/endless HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 20_000]).unwrap();
}

/// Descriptors and KiB of each daemon, once nothing is going on.
fn at_rest(suite: &Suite, daemons: &[Pid]) -> Vec<(usize, u64)> {
    wait::until_true("the end of all workers", || suite.workers().is_empty());
    sleep(Duration::from_millis(300));
    daemons.iter().map(|pid| (process::descriptors(*pid), process::resident_kib(*pid))).collect()
}

#[test]
fn after_two_hundred_rounds_of_clients_that_break_off_nothing_is_left() {
    let suite = Suite::with_config(&[("gateway.toml", "quiet = \"50ms\"")]);
    suite.deploy_handler("app", "[scale]\nidle = \"100ms\"", APP);
    let daemons: Vec<Pid> =
        ["gateway", "schedulerd", "ipcd"].iter().map(|name| suite.pid(name).unwrap()).collect();
    (0..50).for_each(|_| round(suite.address()));
    let before = at_rest(&suite, &daemons);
    (0..200).for_each(|_| round(suite.address()));
    let after = at_rest(&suite, &daemons);
    println!("descriptors and KiB of gateway, schedulerd, ipcd: {before:?}, then {after:?}");
    for ((descriptors, kib), (descriptors_then, kib_then)) in before.iter().zip(&after) {
        assert_eq!(descriptors, descriptors_then);
        assert!(*kib_then <= kib + KEPT_KIB, "{kib} KiB, then {kib_then}");
    }
    assert_eq!(suite.get("/functions/app").text(), "0");
}
