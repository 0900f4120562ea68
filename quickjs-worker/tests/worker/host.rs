//! A host: starts a worker, speaks the protocol with it, and waits for nothing for ever.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use bunbase_wire::worker::{
    BUNDLE_FD, Decoder, Failure, FromWorker, Invoke, Limits, Load, Log, Response, ToWorker,
    VERSION, encode,
};
use command_fds::{CommandFdExt, FdMapping};
use nix::unistd::Pid;

use crate::process::Process;

/// The binary under test.
pub const WORKER: &str = env!("CARGO_BIN_EXE_bunbase-quickjs-worker");

/// The longest that a test waits for a message or an exit.
const PATIENCE: Duration = Duration::from_secs(20);

/// A worker and the host's end of its stream.
pub struct Host {
    /// The process.
    pub child: Process,
    /// The host's end.
    pub stream: UnixStream,
    decoder: Decoder<FromWorker>,
    /// What was logged before the message that was waited for.
    pub logs: Vec<Log>,
}

impl Host {
    /// A worker with this bundle, which has been told nothing.
    pub fn start(bundle: impl Into<OwnedFd>) -> Self {
        Self::start_with(bundle, Vec::new())
    }

    /// As [`Host::start`], with these other files in their places.
    pub fn start_with(bundle: impl Into<OwnedFd>, files: Vec<(OwnedFd, i32)>) -> Self {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        ours.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut command = Command::new(WORKER);
        let files = [(bundle.into(), BUNDLE_FD)].into_iter().chain(files);
        let mappings = files.map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd });
        command.fd_mappings(mappings.collect()).expect("a place for each");
        let input = theirs.try_clone().expect("a second descriptor");
        command.stdin(OwnedFd::from(input)).stdout(OwnedFd::from(theirs)).stderr(Stdio::inherit());
        let child = command.spawn().expect("the worker starts");
        Self::of(Process::Executed(child), ours)
    }

    /// A worker that a zygote has forked, and that has been told nothing.
    pub fn of_fork(pid: Pid, stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self::of(Process::Forked(pid), stream)
    }

    fn of(child: Process, stream: UnixStream) -> Self {
        Self { child, stream, decoder: Decoder::new(Limits::default()), logs: Vec::new() }
    }

    /// The process' number.
    pub fn pid(&self) -> i32 {
        self.child.id()
    }

    /// A worker that has been told to load this.
    pub fn loading(source: &str) -> Self {
        let mut host = Self::start(bundle(source));
        host.send(&load(64 << 20));
        host
    }

    /// A worker that is ready to run this.
    pub fn serving(source: &str) -> Self {
        Self::serving_within(source, 64 << 20)
    }

    /// A worker that is ready to run this in so much memory.
    pub fn serving_within(source: &str, memory: u64) -> Self {
        let mut host = Self::start(bundle(source));
        host.send(&load(memory));
        assert!(matches!(host.next(), FromWorker::Ready(_)));
        host
    }

    /// Sends a message.
    pub fn send(&mut self, message: &ToWorker) {
        let mut bytes = Vec::new();
        encode(message, true, &mut bytes);
        self.stream.write_all(&bytes).expect("the worker reads");
    }

    /// Sends an invocation.
    pub fn invoke(&mut self, invoke: Invoke) {
        self.send(&ToWorker::Invoke(invoke));
    }

    /// The next answer or part of one; log lines are gathered.
    pub fn next(&mut self) -> FromWorker {
        loop {
            match self.receive().expect("the worker says something") {
                FromWorker::Log(log) => self.logs.push(log),
                FromWorker::Ack { .. } | FromWorker::Pending { .. } | FromWorker::Done { .. } => {}
                message => return message,
            }
        }
    }

    /// The next message, or `None` when the worker has closed its end.
    pub fn receive(&mut self) -> Option<FromWorker> {
        let mut block = [0; 64 * 1024];
        loop {
            if let Some(message) = self.decoder.next_message().expect("a message") {
                return Some(message);
            }
            let count = self.stream.read(&mut block).expect("something within the timeout");
            if count == 0 {
                return None;
            }
            self.decoder.buffer().extend_from_slice(&block[..count]);
        }
    }

    /// The next message, which is to be a log line, but for what says that an invocation goes on.
    pub fn log(&mut self) -> Log {
        loop {
            match self.receive() {
                Some(FromWorker::Log(log)) => return log,
                Some(FromWorker::Pending { .. } | FromWorker::Done { .. }) => {}
                other => panic!("not a log line: {other:?}"),
            }
        }
    }

    /// The next message but log lines, which is to be a response.
    pub fn response(&mut self) -> Response {
        match self.next() {
            FromWorker::Response(response) => response,
            other => panic!("not a response: {other:?}"),
        }
    }

    /// The next message but log lines, which is to be an error.
    pub fn failure(&mut self) -> Failure {
        match self.next() {
            FromWorker::Error(failure) => failure,
            other => panic!("not an error: {other:?}"),
        }
    }

    /// The response to an invocation.
    pub fn ask(&mut self, invoke: Invoke) -> Response {
        self.invoke(invoke);
        self.response()
    }

    /// The error of an invocation.
    pub fn fail(&mut self, invoke: Invoke) -> Failure {
        self.invoke(invoke);
        self.failure()
    }

    /// With which code the worker exits.
    pub fn exit_code(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "the worker doesn't exit");
            sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.child.end();
    }
}

/// A bundle as the registry would hand it over.
pub fn bundle(source: impl AsRef<[u8]>) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(source.as_ref()).expect("room for a bundle");
    file.rewind().expect("a file");
    file
}

/// The first message.
pub fn load(memory: u64) -> ToWorker {
    ToWorker::Load(Load {
        protocol: VERSION,
        function: "hello".to_owned(),
        version: "v1".to_owned(),
        memory,
        cpu_time_ms: 0,
        bundle: None,
        env: [("GREETING".to_owned(), "hi".to_owned())].into(),
        secrets: [].into(),
    })
}

/// A GET of a path.
pub fn get(id: u64, path: &str) -> Invoke {
    Invoke {
        id,
        request_id: format!("request-{id}"),
        method: "GET".to_owned(),
        url: format!("http://hello.example{path}"),
        headers: Vec::new(),
        timeout_ms: 10_000,
        more: false,
        body: Vec::new().into(),
    }
}

/// A POST of a body.
pub fn post(id: u64, body: impl Into<Vec<u8>>) -> Invoke {
    Invoke { method: "POST".to_owned(), body: body.into().into(), ..get(id, "/") }
}

/// A body as text.
pub fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.body).expect("a text")
}

/// The only value of a header.
pub fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    let mut values = response.headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let value = values.next();
    assert_eq!(values.next(), None, "{name} comes twice");
    value
}
