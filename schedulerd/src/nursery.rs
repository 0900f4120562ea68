//! Where the processes of workers come from: forks of a zygote, made one after the other beside everything else.

use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::rc::Rc;

use bunbase_jail::{Cage, Files, Layer, Surroundings, Uids};
use bunbase_manifest::View;
use bunbase_wire::worker::{ToWorker, encode};
use tokio::sync::{Semaphore, mpsc};
use zeroize::Zeroizing;

use crate::cage::Found;
use crate::config::Config;
use crate::reap::Process;
use crate::shell::Happening;
use crate::spawn::{Purpose, SpawnError};
use crate::zygote::Running;

/// Zygotes for a single worker that start at a time: each takes some milliseconds of a processor.
const SINGLE: usize = 2;

/// A process to be made.
#[derive(Debug)]
pub struct Order {
    /// What for.
    pub purpose: Purpose,
    /// What it is confined by.
    pub cage: Cage,
    /// What it is given.
    pub files: Rc<Files>,
    /// The first line that it reads.
    pub task: ToWorker,
}

/// What has become of an order.
#[derive(Debug)]
pub struct Forked {
    /// What for.
    pub purpose: Purpose,
    /// The cage that was ordered.
    pub cage: Cage,
    /// The process.
    pub outcome: Result<Spawned, SpawnError>,
}

/// A worker that has been started and told what to load.
#[derive(Debug)]
pub struct Spawned {
    /// The process.
    pub process: Process,
    /// Our end of its stream, never read here.
    pub stream: UnixStream,
}

/// Makes processes of the configured program.
#[derive(Debug)]
pub struct Nursery {
    program: PathBuf,
    uids: Option<Uids>,
    without: Vec<Layer>,
    stderr: Option<OwnedFd>,
    /// No layer is missing that must be there.
    is_whole: bool,
}

impl Nursery {
    /// For cages of the layers that were found. What it makes writes to `stderr`, or to where this process does.
    pub fn new(config: &Config, found: &Found, stderr: Option<OwnedFd>) -> Self {
        let (uids, without) = (config.worker_uids(), found.without.clone());
        let (program, is_whole) = (config.quickjs_worker.clone(), found.missing().is_none());
        Self { program, uids, without, stderr, is_whole }
    }

    /// Follows orders and tells what has become of them, as long as schedulerd runs. Its zygote starts at once.
    pub async fn run(self, mut orders: mpsc::Receiver<Order>, happenings: mpsc::Sender<Happening>) {
        let (nursery, single) = (Rc::new(self), Rc::new(Semaphore::new(SINGLE)));
        let mut zygote = nursery.first_zygote();
        while let Some(order) = orders.recv().await {
            if *order.cage.view() == View::default() {
                let outcome = nursery.fork(&mut zygote, &order).await;
                tell(order, outcome, &happenings).await;
                continue;
            }
            let (nursery, single) = (Rc::clone(&nursery), Rc::clone(&single));
            let happenings = happenings.clone();
            tokio::task::spawn_local(async move {
                // It is never closed.
                let _place = single.acquire().await;
                let outcome = nursery.fork_single(&order).await;
                tell(order, outcome, &happenings).await;
            });
        }
    }

    fn first_zygote(&self) -> Option<Running> {
        let started = self.is_whole.then(|| self.start_zygote(&View::default()))?;
        let told = started.inspect_err(|error| {
            tracing::warn!(event = "zygote_lost", "cannot start one: {error}")
        });
        told.ok()
    }

    /// A fork of the zygote. One that is not up to it is replaced, once, and so is one that is old.
    async fn fork(
        &self,
        zygote: &mut Option<Running>,
        order: &Order,
    ) -> Result<Spawned, SpawnError> {
        if let Some(running) = zygote.take_if(|running| !running.is_old()) {
            match fork(&running, order).await {
                Ok(spawned) => {
                    *zygote = Some(running);
                    return Ok(spawned);
                }
                Err(error) => lost(&error),
            }
        }
        let running = self.start_zygote(order.cage.view())?;
        let spawned = fork(&running, order).await?;
        *zygote = Some(running);
        Ok(spawned)
    }

    /// A fork of a zygote of its own: what it sees, no other sees.
    async fn fork_single(&self, order: &Order) -> Result<Spawned, SpawnError> {
        fork(&self.start_zygote(order.cage.view())?, order).await
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

fn lost(error: &SpawnError) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(event = "zygote_lost", error, "a zygote is of no use any more");
}

async fn tell(
    Order { purpose, cage, .. }: Order,
    outcome: Result<Spawned, SpawnError>,
    happenings: &mpsc::Sender<Happening>,
) {
    // The receiver ends only with schedulerd itself.
    let _ = happenings.send(Happening::Forked(Box::new(Forked { purpose, cage, outcome }))).await;
}

/// A worker and our end of its stream: one of its own, as a fork that comes too late to be known would read from it.
async fn fork(running: &Running, order: &Order) -> Result<Spawned, SpawnError> {
    let (stream, theirs) = UnixStream::pair().map_err(SpawnError::Stream)?;
    let mut places = vec![(theirs.as_fd(), 0), (theirs.as_fd(), 1)];
    places.extend(order.files.places());
    // It reads it when it has come.
    write(&stream, &order.task).map_err(SpawnError::Stream)?;
    let pid = running.fork(&order.cage, &places).await?;
    Ok(Spawned { process: Process::new(pid), stream })
}

/// The first line that a worker reads. It fits into the socket's buffer, so this does not wait for it.
fn write(mut stream: &UnixStream, task: &ToWorker) -> std::io::Result<()> {
    stream.set_nonblocking(true)?;
    // There may be secrets in it.
    let mut line = Zeroizing::new(Vec::new());
    encode(task, false, &mut line);
    stream.write_all(&line)
}
