//! A Bun in its cage, and what a test says to it.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Error, PipeReader, Read, Result, Seek, Write, pipe};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use bunbase_jail::{Cage, Files, Layer, Program, Uids};
use bunbase_manifest::{Capabilities, FileView, Limits, Runtime, View};
use command_fds::{CommandFdExt, FdMapping};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::who::Who;

const SCRIPT: &str = include_str!("worker.js");

/// The longest that a test waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// What it is started with.
#[derive(Debug, Clone)]
pub struct Setup {
    pub who: Who,
    pub files: FileView,
    pub without: Vec<Layer>,
    pub bun: PathBuf,
}

impl Setup {
    /// Started by root or by an ordinary user, in all layers, with no file.
    pub fn of(who: Who) -> Self {
        Self { who, files: FileView::Nothing, without: Vec::new(), bun: bun() }
    }

    pub fn without(mut self, layers: &[Layer]) -> Self {
        self.without.extend(layers);
        self
    }

    pub fn seeing(self, files: FileView) -> Self {
        Self { files, ..self }
    }

    /// The user that the worker is on the machine.
    pub fn worker_uid(&self) -> u32 {
        self.uids().map_or_else(|| self.who.uid(), |uids| uids.first + 1)
    }

    fn cage(&self) -> Cage {
        let view = View { network: false, files: self.files.clone() };
        let (runtime, limits) = (Runtime::Bun, Limits::default());
        Cage::new(Capabilities { runtime, limits, view }, 0).without(&self.without)
    }

    fn uids(&self) -> Option<Uids> {
        let range = Uids { first: 2_000_000_000, count: 65_536 };
        (self.who == Who::Root).then_some(range)
    }
}

/// A running one; killed when dropped.
#[derive(Debug)]
pub struct Worker {
    pub pid: Pid,
    stream: BufReader<UnixStream>,
    stderr: PipeReader,
    /// When the call that started it returned.
    pub returned: Instant,
    ended: Option<WaitStatus>,
    _script: TempDir,
}

/// A folder that every user can look into.
pub fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("our folder");
    folder
}

/// Where `scripts/bun` has put it.
pub fn bun() -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/bun");
    let output = Command::new(script).output().expect("scripts/bun runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end())
}

impl Worker {
    /// One with this bundle.
    pub fn start(setup: &Setup, bundle: &str) -> Self {
        Self::with(bundle, |script, places| {
            setup.who.run(|| {
                let program = Program::open(&setup.bun, script).expect("Bun and its script");
                program.start(&setup.cage(), setup.uids(), places)
            })
        })
    }

    /// The same outside of any cage.
    pub fn bare(setup: &Setup, bundle: &str) -> Self {
        Self::with(bundle, |script, places| {
            let mappings = places.iter().map(|(fd, place)| {
                Ok(FdMapping { parent_fd: fd.try_clone_to_owned()?, child_fd: *place })
            });
            let mut command = Command::new(&setup.bun);
            let mappings = mappings.collect::<Result<_>>()?;
            command
                .arg(script)
                .env_clear()
                .current_dir("/")
                .fd_mappings(mappings)
                .map_err(Error::other)?;
            Ok(Pid::from_raw(command.spawn()?.id().cast_signed()))
        })
    }

    fn with(
        bundle: &str,
        start: impl FnOnce(&Path, &[(BorrowedFd<'_>, i32)]) -> Result<Pid>,
    ) -> Self {
        let folder = open_folder();
        let script = folder.path().join("worker.js");
        fs::write(&script, SCRIPT).expect("our folder");
        let (ours, theirs) = UnixStream::pair().expect("a stream");
        ours.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let (stderr, log) = pipe().expect("a pipe");
        fcntl(&stderr, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("our pipe");
        let files = Files { bundle: file(bundle).into(), source_map: None, bytecode: None };
        let (theirs, log) = (OwnedFd::from(theirs), OwnedFd::from(log));
        let mut places = vec![(theirs.as_fd(), 0), (theirs.as_fd(), 1), (log.as_fd(), 2)];
        places.extend(files.places());
        let pid = start(&script, &places).expect("a worker");
        let (stream, returned) = (BufReader::new(ours), Instant::now());
        Self { pid, stream, stderr, returned, ended: None, _script: folder }
    }

    /// Sends a request.
    pub fn send(&mut self, path: &str) {
        let request = json!({ "url": format!("http://function{path}") });
        // One that has ended is noticed by the missing answer.
        let _ = self.stream.get_mut().write_all(format!("{request}\n").as_bytes());
    }

    /// What it answers; or, when it has ended, how.
    pub fn ask(&mut self, path: &str) -> std::result::Result<Value, String> {
        self.send(path);
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(length) if length > 0 => Ok(serde_json::from_str(&line).expect("JSON")),
            _ => Err(format!("{:?}, {}", self.wait(), self.said())),
        }
    }

    /// The text of an answer with status 200.
    pub fn text(&mut self, path: &str) -> String {
        let answer = self.ask(path).unwrap_or_else(|end| panic!("no answer: {end}"));
        assert_eq!(answer["status"], 200, "{answer} {}", self.said());
        answer["body"].as_str().expect("text").to_owned()
    }

    /// What it has written to standard error.
    pub fn said(&mut self) -> String {
        let mut text = Vec::new();
        // What there is until there is no more for now.
        let _ = self.stderr.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// How it has ended.
    pub fn wait(&mut self) -> WaitStatus {
        let deadline = Instant::now() + PATIENCE;
        while self.ended.is_none() {
            assert!(Instant::now() < deadline, "it does not end");
            self.ended = ended(self.pid);
            std::thread::sleep(Duration::from_millis(1));
        }
        self.ended.expect("it has ended")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.ended.is_none() {
            // It may have ended by itself.
            let _ = kill(self.pid, Signal::SIGKILL);
            let _ = waitpid(self.pid, None);
        }
    }
}

fn ended(pid: Pid) -> Option<WaitStatus> {
    match waitpid(pid, Some(WaitPidFlag::WNOHANG)).expect("our child") {
        WaitStatus::StillAlive => None,
        status => Some(status),
    }
}

/// An open file of this text.
fn file(text: &str) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(text.as_bytes()).and_then(|()| file.rewind()).expect("a file");
    file
}
