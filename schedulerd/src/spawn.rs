//! Workers to be started: who, in which cage, and what they load. The [nursery](crate::nursery) makes the processes.

use std::rc::Rc;
use std::time::{Duration, Instant};

use bunbase_jail::zygote::ZygoteError;
use bunbase_jail::{Cage, Files, Layer};
use bunbase_manifest::{Capabilities, Name, View};
use bunbase_wire::lease::WorkerId;
use bunbase_wire::registry::Deployed;
use bunbase_wire::worker::{Compile, Load, ToWorker, VERSION};
use rustix::process::Pid;
use tokio::sync::mpsc;

use crate::cage::Found;
use crate::config::Config;
use crate::nursery::{Forked, Order};
use crate::registry::Loaded;
use crate::uids::Places;

/// CPU seconds after which the kernel ends a compiler: nothing else interrupts a parser.
const COMPILING: u64 = 10;

/// How long what could not be shown is not tried again: a try costs others time.
const UNSEEN: Duration = Duration::from_secs(1);

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
    /// More are to be started than there may be.
    #[error("too many processes are to be started at once")]
    Busy,
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

/// What a process is started for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// To serve.
    Worker(WorkerId),
    /// To compile a bundle of this function.
    Compiler(Name),
}

/// Orders workers.
#[derive(Debug)]
pub struct Spawner {
    places: Places,
    without: Vec<Layer>,
    /// A layer that is missing, and not accepted.
    missing: Option<String>,
    orders: mpsc::Sender<Order>,
    /// Orders that the nursery has not answered.
    under_way: usize,
    /// What could not be shown to a worker lately.
    unseen: Option<(View, Instant)>,
}

impl Spawner {
    /// Orders go there, for cages of the layers that were found.
    pub fn new(config: &Config, found: &Found, orders: mpsc::Sender<Order>) -> Self {
        Self {
            places: Places::new(config.uids.places(), std::process::id()),
            without: found.without.clone(),
            missing: found.missing().map(|report| report.layer.clone()),
            orders,
            under_way: 0,
            unseen: None,
        }
    }

    /// Orders a worker for what is deployed; `behind`: it computes behind all others.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn spawn(
        &mut self,
        worker: WorkerId,
        loaded: &Loaded,
        behind: bool,
    ) -> Result<(), SpawnError> {
        let cage = self.cage(loaded.deployed.manifest.capabilities())?.behind(behind);
        let (purpose, task) = (Purpose::Worker(worker), ToWorker::Load(load(&loaded.deployed)));
        self.order(Order { purpose, cage, files: Rc::clone(&loaded.files), task })
    }

    /// Has a bundle compiled, by a process like a worker. It ends by itself.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn compile(
        &mut self,
        function: Name,
        capabilities: Capabilities,
        files: Files,
    ) -> Result<(), SpawnError> {
        let (protocol, memory) = (VERSION, capabilities.limits.memory.get());
        let compile = Compile { protocol, function: function.to_string(), memory };
        let (purpose, task) = (Purpose::Compiler(function), ToWorker::Compile(compile));
        let cage = self.cage(capabilities)?.for_seconds(COMPILING);
        self.order(Order { purpose, cage, files: Rc::new(files), task })
    }

    /// The nursery has answered an order.
    pub fn settle(&mut self, forked: &Forked) {
        self.under_way -= 1;
        let pid = forked.outcome.as_ref().ok().map(|spawned| spawned.process.pid());
        self.places.settle(forked.cage.place(), pid);
        if pid.is_none() && *forked.cage.view() != View::default() {
            self.unseen = Some((forked.cage.view().clone(), Instant::now()));
        }
    }

    /// Whether there may be processes that nobody has been told of yet.
    pub fn is_waiting(&self) -> bool {
        self.under_way > 0
    }

    /// A process has ended: its user is free.
    pub fn ended(&mut self, pid: Pid) {
        self.places.leave(pid);
    }

    fn cage(&mut self, capabilities: Capabilities) -> Result<Cage, SpawnError> {
        if let Some(layer) = &self.missing {
            return Err(SpawnError::Missing(layer.clone()));
        }
        let is_unseen = |(view, since): &(View, Instant)| {
            *view == capabilities.view && since.elapsed() < UNSEEN
        };
        if self.unseen.as_ref().is_some_and(is_unseen) {
            return Err(SpawnError::Unseen);
        }
        let place = self.places.reserve().ok_or(SpawnError::Users)?;
        Ok(Cage::new(capabilities, place).without(&self.without))
    }

    fn order(&mut self, order: Order) -> Result<(), SpawnError> {
        let place = order.cage.place();
        if self.orders.try_send(order).is_err() {
            self.places.settle(place, None);
            return Err(SpawnError::Busy);
        }
        self.under_way += 1;
        Ok(())
    }
}

fn load(deployed: &Deployed) -> Load {
    let manifest = &deployed.manifest;
    Load {
        protocol: VERSION,
        function: manifest.name.to_string(),
        version: deployed.version.to_string(),
        memory: manifest.limits.memory.get(),
        cpu_time_ms: manifest.limits.cpu_time.get(),
        bundle: Some(deployed.bundle.clone()),
        env: deployed.env.clone(),
        secrets: deployed.secrets.clone(),
    }
}
