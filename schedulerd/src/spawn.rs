//! A worker's process: a stream pair, the bundle, the cage, `load`.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

use bunbase_jail::{Cage, CommandError};
use bunbase_wire::registry::Deployed;
use bunbase_wire::worker::{Load, ToWorker, VERSION, encode};
use tokio::process::{Child, Command};

/// Why a worker did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// No stream pair.
    #[error("cannot make a stream for the worker")]
    Stream(#[source] std::io::Error),
    /// The bundle's descriptor could not be doubled.
    #[error("cannot hand on the bundle")]
    Bundle(#[source] std::io::Error),
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
    pub child: Child,
    /// Our end of its stream, never read here.
    pub stream: UnixStream,
}

/// Starts a worker for what is deployed. To be called inside of a runtime.
pub fn spawn(program: &Path, deployed: &Deployed, bundle: &OwnedFd) -> Result<Spawned, SpawnError> {
    let (ours, theirs) = UnixStream::pair().map_err(SpawnError::Stream)?;
    let bundle = bundle.try_clone().map_err(SpawnError::Bundle)?;
    let manifest = &deployed.manifest;
    let cage = Cage::new(manifest.runtime, &manifest.limits);
    let command = bunbase_jail::worker(&cage, program, theirs.into(), bundle)?;
    let program = program.display().to_string();
    let started = Command::from(command).spawn();
    let child = started.map_err(|cause| SpawnError::Start { program, cause })?;
    load(&ours, deployed).map_err(SpawnError::Stream)?;
    Ok(Spawned { child, stream: ours })
}

/// The first line that a worker reads. It fits into the socket's buffer, so this does not wait for it.
fn load(mut stream: &UnixStream, deployed: &Deployed) -> std::io::Result<()> {
    stream.set_nonblocking(true)?;
    let load = ToWorker::Load(Load {
        protocol: VERSION,
        function: deployed.manifest.name.to_string(),
        version: deployed.version.to_string(),
        memory: deployed.manifest.limits.memory.get(),
        env: deployed.env.clone(),
    });
    let mut line = Vec::new();
    encode(&load, false, &mut line);
    stream.write_all(&line)
}
