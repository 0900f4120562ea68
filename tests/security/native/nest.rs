//! Attackers: forked by a zygote into a cage, as workers are.

use std::io::{Error, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use bunbase_attacker::Targets;
use bunbase_jail::zygote::{Zygote, ZygoteError};
use bunbase_jail::{Cage, Layer, Surroundings, Uids, can_be_given};
use bunbase_manifest::{Capabilities, Limits, Runtime, View};
use bunbase_wire::worker::{
    Decoder, FromWorker, Invoke, Limits as Bounds, Load, Response, ToWorker, VERSION, encode,
};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// The users that workers run as.
pub const UIDS: Uids = Uids { first: 2_000_000_000, count: 65_536 };

/// The longest that an attempt may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the exit code says of a worker that has made a forbidden call.
pub const REFUSED: i32 = 159;

/// A zygote whose forks are this process' children.
pub struct Nest {
    zygote: Zygote,
    child: Child,
    without: Vec<Layer>,
}

/// One of its forks.
pub struct Inmate {
    pid: Pid,
    stream: UnixStream,
    decoder: Decoder<FromWorker>,
}

impl Nest {
    /// A zygote of this program that lacks these layers, as its forks will.
    pub fn open(
        program: &Path,
        without: &[Layer],
        errors: impl Into<Stdio>,
    ) -> std::io::Result<Self> {
        let uids = can_be_given().then_some(UIDS);
        let around = Surroundings { uids, view: View::default(), without: without.to_vec() };
        let (zygote, mut command) = Zygote::command(program, around)?;
        let child = command.stderr(errors).spawn()?;
        Ok(Self { zygote, child, without: without.to_vec() })
    }

    /// A fork with these descriptors besides its stream.
    pub fn fork(&self, files: &[(BorrowedFd<'_>, i32)]) -> Result<Inmate, ZygoteError> {
        self.fork_within(Limits::default(), files)
    }

    /// The same, with these limits.
    pub fn fork_within(
        &self,
        limits: Limits,
        files: &[(BorrowedFd<'_>, i32)],
    ) -> Result<Inmate, ZygoteError> {
        let (ours, theirs) = UnixStream::pair().expect("a stream pair");
        ours.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let (runtime, view) = (Runtime::Quickjs, View::default());
        let cage = Cage::new(Capabilities { runtime, limits, view }, 0).without(&self.without);
        let mut places = vec![(theirs.as_fd(), 0), (theirs.as_fd(), 1)];
        places.extend(files);
        let pid = self.zygote.fork(&cage, &places)?;
        Ok(Inmate { pid, stream: ours, decoder: Decoder::new(Bounds::default()) })
    }
}

impl Nest {
    /// The zygote's number.
    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }
}

impl Drop for Nest {
    fn drop(&mut self) {
        // One that has ended already can't be killed, and needn't be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Inmate {
    /// Has it become a function and make an attempt, or whatever else is at this path.
    pub fn ask(&mut self, path: &str, targets: &Targets) -> std::io::Result<Response> {
        self.ask_within(64 << 20, path, targets)
    }

    /// The same, of a function with so much memory.
    pub fn ask_within(
        &mut self,
        memory: u64,
        path: &str,
        targets: &Targets,
    ) -> std::io::Result<Response> {
        let mut lines = Vec::new();
        encode(&ToWorker::Load(Load { memory, ..load() }), false, &mut lines);
        encode(&ToWorker::Invoke(invoke(path, targets)), false, &mut lines);
        // It may be dead: then reading says so.
        let _ = self.stream.write_all(&lines);
        loop {
            if let FromWorker::Response(response) = self.receive()? {
                return Ok(response);
            }
        }
    }

    /// The next message.
    pub fn receive(&mut self) -> std::io::Result<FromWorker> {
        let mut block = [0; 4096];
        loop {
            if let Some(message) = self.decoder.next_message().map_err(Error::other)? {
                return Ok(message);
            }
            match self.stream.read(&mut block)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                count => self.decoder.buffer().extend_from_slice(&block[..count]),
            }
        }
    }

    /// Ends it.
    pub fn end(self) {
        // One that has ended already can't be killed, and needn't be.
        let _ = kill(self.pid, Signal::SIGKILL);
        waitpid(self.pid, None).expect("our child");
    }

    /// How it ends by itself, its stream being closed.
    pub fn outcome(self) -> WaitStatus {
        let Self { pid, stream, .. } = self;
        drop(stream);
        bunbase_tests::wait::until("an attacker's end", || {
            let status = waitpid(pid, Some(WaitPidFlag::WNOHANG)).expect("our child");
            (status != WaitStatus::StillAlive).then_some(status)
        })
    }
}

fn load() -> Load {
    let secret = format!("{} of a function", bunbase_attacker::SECRET);
    Load {
        protocol: VERSION,
        function: "attacker".to_owned(),
        version: "v1".to_owned(),
        memory: 64 << 20,
        cpu_time_ms: 0,
        bundle: None,
        env: [("SECRET".to_owned(), secret)].into(),
        secrets: [].into(),
    }
}

fn invoke(path: &str, targets: &Targets) -> Invoke {
    Invoke {
        id: 1,
        request_id: "1".to_owned(),
        method: "POST".to_owned(),
        url: format!("http://attacker.example/{path}"),
        headers: Vec::new(),
        timeout_ms: 10_000,
        more: false,
        body: serde_json::to_vec(targets).expect("plain data").into(),
    }
}
