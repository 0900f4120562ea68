//! A worker's process: a stream pair, the bundle, the cage, `load`.

use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use bunbase_jail::{Cage, CommandError, Files};
use bunbase_manifest::{Limits, Name};
use bunbase_wire::registry::Deployed;
use bunbase_wire::worker::{Compile, Load, ToWorker, VERSION, encode};
use rustix::process::Pid;

use crate::reap::{Process, pid_of};
use crate::zygote;

/// Why a worker did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// No stream pair.
    #[error("cannot make a stream for the worker")]
    Stream(#[source] std::io::Error),
    /// The command could not be put together.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A layer of the cage or the exec failed.
    #[error("cannot start {program} in its cage")]
    Start {
        /// What was to be started.
        program: String,
        /// What the kernel said.
        #[source]
        cause: std::io::Error,
    },
}

/// A worker that has been started and told what to load.
#[derive(Debug)]
pub struct Spawned {
    /// The process.
    pub process: Process,
    /// Our end of its stream, never read here.
    pub stream: UnixStream,
}

/// Starts workers: forks of a zygote, or executed ones while no zygote serves.
#[derive(Debug)]
pub struct Spawner {
    program: PathBuf,
    zygote: Option<zygote::Running>,
}

impl Spawner {
    /// For workers of this program. Its zygote starts at once.
    pub fn new(program: PathBuf) -> Self {
        let mut spawner = Self { program, zygote: None };
        spawner.start_zygote();
        spawner
    }

    /// Starts a worker for what is deployed.
    ///
    /// # Errors
    /// When it can't be started in either way.
    pub fn spawn(&mut self, deployed: &Deployed, files: &Files) -> Result<Spawned, SpawnError> {
        let manifest = &deployed.manifest;
        let load = ToWorker::Load(Load {
            protocol: VERSION,
            function: manifest.name.to_string(),
            version: deployed.version.to_string(),
            memory: manifest.limits.memory.get(),
            bundle: Some(deployed.bundle.clone()),
            env: deployed.env.clone(),
        });
        self.start(&Cage::new(manifest.runtime, &manifest.limits), files, &load)
    }

    /// Has a bundle compiled, by a process like a worker. It ends by itself.
    ///
    /// # Errors
    /// When it can't be started in either way.
    pub fn compile(
        &mut self,
        function: &Name,
        cage: &Cage,
        limits: &Limits,
        files: &Files,
    ) -> Result<(), SpawnError> {
        let (protocol, memory) = (VERSION, limits.memory.get());
        let compile = Compile { protocol, function: function.to_string(), memory };
        self.start(cage, files, &ToWorker::Compile(compile)).map(drop)
    }

    fn start(
        &mut self,
        cage: &Cage,
        files: &Files,
        task: &ToWorker,
    ) -> Result<Spawned, SpawnError> {
        let (ours, theirs) = UnixStream::pair().map_err(SpawnError::Stream)?;
        if let Some(pid) = self.fork(cage, &theirs, files) {
            return tell(pid, ours, task);
        }
        // Another stream, as a fork that comes too late to be known would read from this one.
        let (ours, theirs) = UnixStream::pair().map_err(SpawnError::Stream)?;
        let pid = self.execute(cage, theirs, files)?;
        tell(pid, ours, task)
    }

    /// A fork of the zygote, which is replaced if it is not up to it or old.
    fn fork(&mut self, cage: &Cage, stream: &UnixStream, files: &Files) -> Option<Pid> {
        if self.zygote.is_none() {
            self.start_zygote();
        }
        let running = self.zygote.as_ref()?;
        let mut places = vec![(stream.as_fd(), 0), (stream.as_fd(), 1)];
        places.extend(files.places());
        let forked = running.fork(cage, &places);
        let pid = forked
            .inspect_err(|error| tracing::warn!(event = "zygote_lost", "no fork: {error}"))
            .ok();
        if pid.is_none() || running.is_old() {
            self.zygote = None;
        }
        pid
    }

    fn start_zygote(&mut self) {
        let started = zygote::Running::start(&self.program);
        self.zygote = started
            .inspect_err(|error| tracing::warn!(event = "zygote_lost", "cannot start one: {error}"))
            .ok();
    }

    fn execute(&self, cage: &Cage, stream: UnixStream, files: &Files) -> Result<Pid, SpawnError> {
        let mut command = bunbase_jail::worker(cage, &self.program, stream.into(), files)?;
        let started = command.spawn().and_then(|child| pid_of(&child));
        let program = self.program.display().to_string();
        started.map_err(|cause| SpawnError::Start { program, cause })
    }
}

fn tell(pid: Pid, stream: UnixStream, task: &ToWorker) -> Result<Spawned, SpawnError> {
    write(&stream, task).map_err(SpawnError::Stream)?;
    Ok(Spawned { process: Process::new(pid), stream })
}

/// The first line that a worker reads. It fits into the socket's buffer, so this does not wait for it.
fn write(mut stream: &UnixStream, task: &ToWorker) -> std::io::Result<()> {
    stream.set_nonblocking(true)?;
    let mut line = Vec::new();
    encode(task, false, &mut line);
    stream.write_all(&line)
}
