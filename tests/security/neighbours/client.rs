//! One connection that asks and takes the time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A connection that is kept.
pub struct Client {
    stream: TcpStream,
    request: Vec<u8>,
}

impl Client {
    pub fn connect(address: &str, path: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { stream, request: format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n").into() }
    }

    /// How long the answer `ok` takes.
    pub fn ask(&mut self) -> Duration {
        let begun = Instant::now();
        self.stream.write_all(&self.request).unwrap();
        let mut answer = Vec::new();
        let mut part = [0; 4096];
        while !answer.ends_with(b"\r\n\r\nok") {
            let count = self.stream.read(&mut part).unwrap();
            assert!(count > 0, "cut off: {}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&part[..count]);
        }
        let took = begun.elapsed();
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
        took
    }
}

/// Asks at a fixed rate for so long, whatever the answers take; returns what each took.
pub fn ask_steadily(client: &mut Client, every: Duration, time: Duration) -> Vec<Duration> {
    std::thread::scope(|scope| scope.spawn(|| ask_at_once(client, every, time)).join().unwrap())
}

/// A client is not on this machine, but for the test: as far as one may, it does not wait for a CPU of it.
fn ask_at_once(client: &mut Client, every: Duration, time: Duration) -> Vec<Duration> {
    let _ = rustix::process::nice(-20);
    let begun = Instant::now();
    let mut next = begun;
    let mut all = Vec::new();
    while begun.elapsed() < time {
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        all.push(client.ask());
        // One that was late is not made up for: a burst would be noise of our own.
        next = (next + every).max(Instant::now());
    }
    all
}
