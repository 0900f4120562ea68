//! Clients that hammer: keep-alive connections, a thread each, and a history of every request.
//!
//! Raw sockets, because what a client does when a connection breaks, and when exactly it had begun, is what is tested.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long an answer may take before the client gives up: a hanging request is a lost one.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two tries to connect, while nobody listens.
const PAUSE: Duration = Duration::from_millis(10);

/// One request, as its client saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// When its first byte was about to be sent; in an open loop, when it was due.
    pub begun: Instant,
    /// When its last byte was there, or the connection had broken.
    pub ended: Instant,
    /// The status, 0 where the connection broke.
    pub status: u16,
    /// The body, or what broke the connection.
    pub body: String,
    /// The head without the status line, in small letters.
    pub head: String,
}

impl Seen {
    /// From begin to end.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.ended.duration_since(self.begun)
    }
}

/// A keep-alive connection.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a GET and reads nothing.
    ///
    /// # Errors
    /// When the connection has broken.
    pub fn send(&mut self, path: &str) -> io::Result<()> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())
    }

    /// Reads one answer: status, head, body.
    ///
    /// # Errors
    /// When the connection breaks, or the answer has no `content-length`.
    pub fn receive(&mut self) -> io::Result<(u16, String, String)> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no status line: the end"))?;
        let head = self.head()?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.and_then(|length| length.parse().ok());
        let mut body = vec![0; length.ok_or_else(|| io::Error::other("no length"))?];
        self.stream.read_exact(&mut body)?;
        Ok((status, head, String::from_utf8_lossy(&body).into_owned()))
    }

    fn head(&mut self) -> io::Result<String> {
        let mut head = String::new();
        loop {
            let begun = head.len();
            if self.stream.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if head[begun..].trim_end().is_empty() {
                return Ok(head.to_ascii_lowercase());
            }
        }
    }

    /// One request, from now on.
    fn request(&mut self, path: &str, begun: Instant) -> Seen {
        let answer = self.send(path).and_then(|()| self.receive());
        let (status, head, body) =
            answer.unwrap_or_else(|error| (0, String::new(), error.to_string()));
        Seen { begun, ended: Instant::now(), status, body, head }
    }
}

/// A client that connects anew when its connection has broken.
struct Client<'a> {
    address: &'a str,
    connection: Option<Connection>,
}

impl Client<'_> {
    fn request(&mut self, path: &str, begun: Instant, stop: &AtomicBool) -> Option<Seen> {
        while self.connection.is_none() {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            match Connection::open(self.address) {
                Ok(opened) => self.connection = Some(opened),
                Err(_) => thread::sleep(PAUSE),
            }
        }
        let seen = self.connection.as_mut()?.request(path, begun);
        if seen.status == 0 || seen.head.contains("connection: close") {
            self.connection = None;
        }
        Some(seen)
    }
}

/// A closed loop: so many connections ask again as soon as they have an answer, while `act` runs.
///
/// # Panics
/// When `act` does.
pub fn during(address: &str, path: &str, connections: usize, act: impl FnOnce()) -> Vec<Seen> {
    let stop = AtomicBool::new(false);
    let client = || {
        let mut client = Client { address, connection: None };
        let mut all = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            all.extend(client.request(path, Instant::now(), &stop));
        }
        all
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..connections).map(|_| scope.spawn(client)).collect();
        // What panics here must not leave the clients running, or the scope never ends.
        let acted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        stop.store(true, Ordering::Relaxed);
        let seen =
            clients.into_iter().flat_map(|client| client.join().expect("a client")).collect();
        acted.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        seen
    })
}

/// An open loop: requests are due at a fixed rate, whether the earlier ones have been answered or not. A request's time begins
/// when it was due, so that waiting for a connection counts.
///
/// # Panics
/// When a client does.
#[must_use]
pub fn at_rate(
    address: &str,
    path: &str,
    per_second: u32,
    lasting: Duration,
    connections: usize,
) -> Vec<Seen> {
    let (begun, next, never) = (Instant::now(), AtomicUsize::new(0), AtomicBool::new(false));
    let client = || {
        let mut client = Client { address, connection: None };
        let mut all = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let due = Duration::from_secs_f64(number as f64 / f64::from(per_second));
            if due >= lasting {
                return all;
            }
            thread::sleep((begun + due).saturating_duration_since(Instant::now()));
            all.extend(client.request(path, begun + due, &never));
        }
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..connections).map(|_| scope.spawn(client)).collect();
        clients.into_iter().flat_map(|client| client.join().expect("a client")).collect()
    })
}

/// All at the same moment, a connection each.
///
/// # Panics
/// When one can't connect.
#[must_use]
pub fn at_once(address: &str, paths: &[String]) -> Vec<Seen> {
    let start = std::sync::Barrier::new(paths.len());
    let client = |path| {
        let mut connection = Connection::open(address).expect("a connection");
        start.wait();
        connection.request(path, Instant::now())
    };
    thread::scope(|scope| {
        let clients: Vec<_> = paths.iter().map(|path| scope.spawn(move || client(path))).collect();
        clients.into_iter().map(|client| client.join().expect("a client")).collect()
    })
}

/// The time that so many of a hundred requests do not exceed.
///
/// # Panics
/// When there are none.
#[must_use]
pub fn percentile(seen: &[Seen], percent: usize) -> Duration {
    let mut times: Vec<Duration> = seen.iter().map(Seen::took).collect();
    times.sort();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// How many requests ended with which status and beginning of body; for messages.
#[must_use]
pub fn summary(seen: &[Seen]) -> std::collections::BTreeMap<(u16, String), usize> {
    let mut counts = std::collections::BTreeMap::new();
    for one in seen {
        let key = (one.status, if one.status == 200 { String::new() } else { one.body.clone() });
        *counts.entry(key).or_default() += 1;
    }
    counts
}
