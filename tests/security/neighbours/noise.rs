//! The kinds of noise: functions with requests of their own in flight.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bunbase_tests::Project;

/// Requests that each kind has in flight.
const IN_FLIGHT: usize = 2;

/// A function that is bad company.
pub struct Kind {
    pub name: &'static str,
    path: &'static str,
    /// The handler's body; none for what is there already.
    body: Option<&'static str>,
}

/// In the victim's own worker.
pub const WITHIN: Kind = Kind { name: "within", path: "/functions/victim?noise", body: None };

/// A short timeout: what runs on is ended and replaced again and again, which is noise as well.
const LIMITS: &str = "[limits]\ntimeout = \"100ms\"\n[scale]\nmax = 2\nconcurrency = 1\n";

macro_rules! kind {
    ($name:literal, $body:literal) => {
        Kind { name: $name, path: concat!("/functions/", $name), body: Some($body) }
    };
}

pub const KINDS: &[Kind] = &[
    kind!("looping", "for (;;);"),
    kind!(
        "memory",
        "const all = []; for (;;) { try { for (;;) all.push(new Uint8Array(1 << 20).fill(1)); } catch { all.length = 0; } }"
    ),
    kind!(
        "timers",
        "const again = () => setTimeout(again, 0); for (let i = 0; i < 20_000; i++) again(); await new Promise(() => {});"
    ),
    kind!("logging", "for (;;) console.log('a line that says nothing, again and again');"),
    // 1 GiB.
    kind!(
        "streaming",
        "let left = 1024; const chunk = new Uint8Array(1 << 20); return new Response(new ReadableStream({
            pull(controller) { if (left-- > 0) controller.enqueue(chunk); else controller.close(); } }));"
    ),
];

impl Kind {
    /// What is to be deployed for it.
    pub fn project(&self) -> Option<Project> {
        self.body.map(|body| Project::handler(self.name, body).toml(LIMITS))
    }

    /// Begins to ask for it.
    pub fn begin(&self, address: &str) -> Noise {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..IN_FLIGHT).map(|_| {
            let (stop, address, path) = (Arc::clone(&stop), address.to_owned(), self.path);
            std::thread::spawn(move || ask_until(&stop, &address, path))
        });
        Noise { clients: clients.collect(), stop }
    }
}

/// Requests that go on until they are told to stop.
pub struct Noise {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<usize>>,
}

impl Noise {
    /// Ends it; returns how many answers there were to have, whole or not.
    pub fn end(self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        self.clients.into_iter().map(|client| client.join().unwrap()).sum()
    }
}

fn ask_until(stop: &AtomicBool, address: &str, path: &str) -> usize {
    // A client is not on this machine, but for the test: what it costs is none of the neighbour's doing.
    rustix::process::nice(19).unwrap();
    let mut answers = 0;
    while !stop.load(Ordering::SeqCst) {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        answers += usize::from(drain(&mut stream, stop));
    }
    answers
}

/// Reads to the end, or until it is told to stop; whether anything came.
fn drain(stream: &mut TcpStream, stop: &AtomicBool) -> bool {
    let mut part = vec![0; 256 * 1024];
    let mut came = false;
    while !stop.load(Ordering::SeqCst) {
        match stream.read(&mut part) {
            Ok(0) => return came,
            Ok(_) => came = true,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return came,
        }
    }
    came
}
