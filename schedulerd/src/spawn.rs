//! A worker's process: a stream pair, the bundle, the cage, `load`.

use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bunbase_jail::zygote::ZygoteError;
use bunbase_jail::{Cage, Files, Layer, Surroundings, Uids};
use bunbase_manifest::{Capabilities, Name, View};
use bunbase_wire::registry::Deployed;
use bunbase_wire::worker::{Compile, Load, ToWorker, VERSION, encode};
use rustix::process::Pid;

use crate::cage::Found;
use crate::config::Config;
use crate::reap::Process;
use crate::uids::Places;
use crate::zygote::Running;

/// CPU seconds after which the kernel ends a compiler: nothing else interrupts a parser.
const COMPILING: u64 = 10;

/// Why a worker did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// No stream pair.
    #[error("cannot make a stream for the worker")]
    Stream(#[source] std::io::Error),
    /// The kernel has no such layer, and that is not accepted.
    #[error("the cage lacks the layer {0}; \"bunbase doctor\" has more")]
    Missing(String),
    /// It could not lately.
    #[error(
        "what was granted could not be shown to a worker a moment ago; is all of it there, and to be seen by schedulerd?"
    )]
    Unseen,
    /// There is a worker for each user of the range.
    #[error("all users of workers are taken; widen worker_uid_count")]
    Users,
    /// No zygote.
    #[error("cannot start {program}")]
    Start {
        /// What was to be started.
        program: String,
        /// What the kernel said.
        #[source]
        cause: std::io::Error,
    },
    /// The zygote does not fork.
    #[error("cannot fork a worker")]
    Fork(#[from] ZygoteError),
}

/// A worker that has been started and told what to load.
#[derive(Debug)]
pub struct Spawned {
    /// The process.
    pub process: Process,
    /// Our end of its stream, never read here.
    pub stream: UnixStream,
}

/// Starts workers: forks of a zygote.
#[derive(Debug)]
pub struct Spawner {
    program: PathBuf,
    uids: Option<Uids>,
    places: Places,
    stderr: Option<OwnedFd>,
    without: Vec<Layer>,
    /// A layer that is missing, and not accepted.
    missing: Option<String>,
    /// For workers that see nothing, which are nearly all.
    zygote: Option<Running>,
    /// What could not be shown to a worker lately: a try costs others time.
    unseen: Option<(View, Instant)>,
}

/// How long what could not be shown is not tried again.
const UNSEEN: Duration = Duration::from_secs(1);

impl Spawner {
    /// For workers of the configured program, in cages of the layers that were found. Its zygote starts at once.
    pub fn new(config: &Config, found: &Found, stderr: Option<OwnedFd>) -> Self {
        let (uids, without) = (config.worker_uids(), found.without.clone());
        let missing = found.missing().map(|report| report.layer.clone());
        let places = Places::new(config.uids.places(), std::process::id());
        let program = config.quickjs_worker.clone();
        let mut spawner =
            Self { program, uids, places, stderr, without, missing, zygote: None, unseen: None };
        if spawner.missing.is_some() {
            return spawner;
        }
        let started = spawner.start_zygote(&View::default());
        spawner.zygote = started
            .inspect_err(|error| tracing::warn!(event = "zygote_lost", "cannot start one: {error}"))
            .ok();
        spawner
    }

    /// Starts a worker for what is deployed; `behind`: it computes behind all others.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn spawn(
        &mut self,
        deployed: &Deployed,
        files: &Files,
        behind: bool,
    ) -> Result<Spawned, SpawnError> {
        let manifest = &deployed.manifest;
        let load = ToWorker::Load(Load {
            protocol: VERSION,
            function: manifest.name.to_string(),
            version: deployed.version.to_string(),
            memory: manifest.limits.memory.get(),
            cpu_time_ms: manifest.limits.cpu_time.get(),
            bundle: Some(deployed.bundle.clone()),
            env: deployed.env.clone(),
        });
        let cage = self.cage(manifest.capabilities())?.behind(behind);
        self.start(&cage, files, &load)
    }

    /// Has a bundle compiled, by a process like a worker. It ends by itself.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn compile(
        &mut self,
        function: &Name,
        capabilities: Capabilities,
        files: &Files,
    ) -> Result<(), SpawnError> {
        let (protocol, memory) = (VERSION, capabilities.limits.memory.get());
        let compile = Compile { protocol, function: function.to_string(), memory };
        let cage = self.cage(capabilities)?.for_seconds(COMPILING);
        self.start(&cage, files, &ToWorker::Compile(compile)).map(drop)
    }

    /// A process has ended: its user is free.
    pub fn ended(&mut self, pid: Pid) {
        self.places.leave(pid);
    }

    fn cage(&mut self, capabilities: Capabilities) -> Result<Cage, SpawnError> {
        if let Some(layer) = &self.missing {
            return Err(SpawnError::Missing(layer.clone()));
        }
        let place = self.places.free().ok_or(SpawnError::Users)?;
        Ok(Cage::new(capabilities, place).without(&self.without))
    }

    fn start(
        &mut self,
        cage: &Cage,
        files: &Files,
        task: &ToWorker,
    ) -> Result<Spawned, SpawnError> {
        let (pid, stream) = if *cage.view() == View::default() {
            self.fork(cage, files)?
        } else {
            self.fork_with_view(cage, files)?
        };
        self.places.take(cage.place(), pid);
        write(&stream, task).map_err(SpawnError::Stream)?;
        Ok(Spawned { process: Process::new(pid), stream })
    }

    /// A fork of a zygote of its own: what it sees, no other sees.
    fn fork_with_view(
        &mut self,
        cage: &Cage,
        files: &Files,
    ) -> Result<(Pid, UnixStream), SpawnError> {
        let is_unseen =
            |(view, since): &(View, Instant)| view == cage.view() && since.elapsed() < UNSEEN;
        if self.unseen.as_ref().is_some_and(is_unseen) {
            return Err(SpawnError::Unseen);
        }
        let forked = self.start_zygote(cage.view()).and_then(|zygote| fork(&zygote, cage, files));
        if forked.is_err() {
            self.unseen = Some((cage.view().clone(), Instant::now()));
        }
        forked
    }

    /// A fork of the zygote. One that is not up to it is replaced, once, and so is one that is old.
    fn fork(&mut self, cage: &Cage, files: &Files) -> Result<(Pid, UnixStream), SpawnError> {
        if let Some(running) = self.zygote.take_if(|running| !running.is_old()) {
            match fork(&running, cage, files) {
                Ok(forked) => {
                    self.zygote = Some(running);
                    return Ok(forked);
                }
                Err(error) => tracing::warn!(event = "zygote_lost", "no fork: {error}"),
            }
        }
        let running = self.start_zygote(cage.view())?;
        let forked = fork(&running, cage, files)?;
        self.zygote = Some(running);
        Ok(forked)
    }

    fn start_zygote(&self, view: &View) -> Result<Running, SpawnError> {
        let (uids, without) = (self.uids, self.without.clone());
        let around = Surroundings { uids, view: view.clone(), without };
        Running::start(&self.program, around, self.stderr.as_ref()).map_err(|cause| {
            let program = self.program.display().to_string();
            SpawnError::Start { program, cause }
        })
    }
}

/// A worker and our end of its stream: one of its own, as a fork that comes too late to be known would read from it.
fn fork(running: &Running, cage: &Cage, files: &Files) -> Result<(Pid, UnixStream), SpawnError> {
    let (ours, theirs) = UnixStream::pair().map_err(SpawnError::Stream)?;
    let mut places = vec![(theirs.as_fd(), 0), (theirs.as_fd(), 1)];
    places.extend(files.places());
    Ok((running.fork(cage, &places)?, ours))
}

/// The first line that a worker reads. It fits into the socket's buffer, so this does not wait for it.
fn write(mut stream: &UnixStream, task: &ToWorker) -> std::io::Result<()> {
    stream.set_nonblocking(true)?;
    let mut line = Vec::new();
    encode(task, false, &mut line);
    stream.write_all(&line)
}
