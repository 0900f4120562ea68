//! The pool among sockets, processes and the clock: happenings in, actions out. One task owns the pool.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Instant;

use bunbase_daemon::Stop;
use bunbase_jail::Files;
use bunbase_manifest::{Capabilities, Limits, Name, Runtime, Version, View};
use bunbase_packet::{Connection, Listener};
use bunbase_wire::lease::{
    FromScheduler, Granted, KillReason, LeaseId, Readiness, Refused, WorkerId,
};
use bunbase_wire::registry::{Deployed, ToRegistry};
use rustix::process::Pid;
use tokio::sync::mpsc;
use tokio::time::sleep_until;

use crate::cage::Found;
use crate::config::{COMPILERS, Config};
use crate::leases::{self, Holders};
use crate::nursery::{Forked, Nursery, Spawned};
use crate::probation::Probation;
use crate::reap::{self, End, Process};
use crate::registry::{Loaded, QUESTIONS, Registry};
use crate::spawn::{Purpose, SpawnError, Spawner};
use crate::stderr;
use bunbase_pool::Pool;
use bunbase_pool::action::Action;
use bunbase_pool::event::{self, Event, HolderId, Wish};
use bunbase_pool::policy::Policy;
use bunbase_pool::target::Target;
use bunbase_pool::worker::Cause;

/// Happenings that may wait; who brings more waits with them.
const HAPPENINGS: usize = 1024;

/// Something that came from outside.
#[derive(Debug)]
pub enum Happening {
    /// For the pool as it is.
    Event(Event),
    /// A lease holder has connected.
    HolderConnected(Connection),
    /// It asks how workers are confined.
    Inspected { holder: HolderId },
    /// The connection to ipcd is there, or there again.
    RegistryConnected,
    /// The registry's answer.
    Resolved { target: Target, deployed: Box<Deployed>, files: Files },
    /// Something is to be compiled.
    Compile { function: Name, runtime: Runtime, limits: Limits, files: Files },
    /// A process of ours has been made, or could not be.
    Forked(Box<Forked>),
    /// A process of ours has ended.
    Exited { pid: Pid, end: End },
}

/// A worker, and once it has come, its process and our end of its stream.
#[derive(Debug)]
struct Worker {
    function: Name,
    version: Version,
    process: Option<Process>,
    stream: Option<UnixStream>,
}

/// A lease as the pool has decided it.
struct Leased {
    lease: LeaseId,
    worker: WorkerId,
    readiness: Readiness,
    invocations: u64,
}

struct Shell {
    spawner: Spawner,
    found: Found,
    probation: Probation,
    pool: Pool,
    holders: Holders,
    workers: HashMap<WorkerId, Worker>,
    numbers: HashMap<Pid, WorkerId>,
    /// Processes that had ended before we were told of them.
    unclaimed: HashMap<Pid, End>,
    loaded: HashMap<Target, Loaded>,
    questions: mpsc::Sender<ToRegistry>,
    happenings: mpsc::Sender<Happening>,
}

/// Runs until told to stop. Held workers are left to their holders.
pub async fn run(
    leases: OwnedFd,
    config: Config,
    found: Found,
    stop: Stop,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = Listener::new(leases)?;
    let (happenings, mut incoming) = mpsc::channel(HAPPENINGS);
    let (questions, receiver) = mpsc::channel(QUESTIONS);
    let registry = Registry {
        socket: config.registry_socket.clone(),
        questions: receiver,
        happenings: happenings.clone(),
    };
    reap::watch(happenings.clone())?;
    tokio::task::spawn_local(registry.run());
    tokio::task::spawn_local(leases::accept(listener, happenings.clone()));
    let (orders, ordered) = mpsc::channel(config.bounds.workers as usize + COMPILERS as usize);
    let nursery = Nursery::new(&config, &found, stderr::for_workers()?);
    tokio::task::spawn_local(nursery.run(ordered, happenings.clone()));
    let spawner = Spawner::new(&config, &found, orders);
    let mut shell =
        Shell::new(spawner, found, Pool::new(config.bounds, Instant::now()), questions, happenings);
    loop {
        let tick = shell.pool.next_tick();
        tokio::select! {
            () = stop.cancelled() => break,
            Some(happening) = incoming.recv() => shell.take(happening),
            () = sleep_until(tick.unwrap_or_else(Instant::now).into()), if tick.is_some() => {
                shell.handle(Event::Tick);
            }
        }
    }
    shell.handle(Event::Drain);
    Ok(())
}

impl Shell {
    fn new(
        spawner: Spawner,
        found: Found,
        pool: Pool,
        questions: mpsc::Sender<ToRegistry>,
        happenings: mpsc::Sender<Happening>,
    ) -> Self {
        let (workers, numbers, unclaimed) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (holders, loaded) = (Holders::default(), HashMap::new());
        let probation = Probation::default();
        Self {
            spawner,
            found,
            probation,
            pool,
            holders,
            workers,
            numbers,
            unclaimed,
            loaded,
            questions,
            happenings,
        }
    }

    fn take(&mut self, happening: Happening) {
        match happening {
            Happening::Event(event) => self.take_event(event),
            Happening::HolderConnected(connection) => {
                self.holders.connected(connection, &self.happenings);
            }
            Happening::Inspected { holder } => {
                self.holders.send(holder, self.found.report(), None);
            }
            Happening::RegistryConnected => self.handle(Event::Reconnected),
            Happening::Resolved { target, deployed, files } => {
                self.resolved(target, deployed, files);
            }
            Happening::Compile { function, runtime, limits, files } => {
                let capabilities = Capabilities { runtime, limits, view: View::default() };
                self.compile(function, capabilities, files);
            }
            Happening::Forked(forked) => self.forked(*forked),
            Happening::Exited { pid, end } => self.exited(pid, end),
        }
    }

    fn take_event(&mut self, event: Event) {
        if let Event::HolderGone { holder } = event {
            tracing::debug!(event = "holder_gone", holder, "a lease holder has gone");
            self.holders.gone(holder);
        }
        self.handle(event);
    }

    fn resolved(&mut self, target: Target, deployed: Box<Deployed>, files: Files) {
        let known = event::Deployed {
            version: deployed.version.clone(),
            revision: deployed.revision,
            policy: Policy::from(&deployed.manifest),
        };
        let files = Rc::new(files);
        self.loaded.insert(target.clone(), Loaded { deployed, files });
        self.handle(Event::Resolved { target, deployed: known });
    }

    /// Who asked reads the other end of a pipe, and knows by its end what has become of it.
    fn compile(&mut self, function: Name, capabilities: Capabilities, files: Files) {
        if let Err(error) = self.spawner.compile(function.clone(), capabilities, files) {
            not_compiled(&function, &error);
        }
    }

    fn forked(&mut self, forked: Forked) {
        self.spawner.settle(&forked);
        match (forked.purpose, forked.outcome) {
            (Purpose::Worker(worker), Ok(spawned)) => self.started(worker, spawned),
            (Purpose::Worker(worker), Err(error)) => {
                let function = self.workers.remove(&worker).map(|worker| worker.function);
                function.inspect(|function| spawn_failed(function, &error));
                self.handle(Event::SpawnFailed { worker });
            }
            (Purpose::Compiler(_), Ok(_)) => {}
            (Purpose::Compiler(function), Err(error)) => not_compiled(&function, &error),
        }
        if !self.spawner.is_waiting() {
            self.unclaimed.clear();
        }
    }

    /// Whoever waits for it is told before the log is.
    fn started(&mut self, id: WorkerId, Spawned { process, stream }: Spawned) {
        let pid = process.pid();
        self.numbers.insert(pid, id);
        let Some(worker) = self.workers.get_mut(&id) else { return };
        (worker.process, worker.stream) = (Some(process), Some(stream));
        let (function, version) = (worker.function.clone(), worker.version.clone());
        self.handle(Event::Spawned { worker: id });
        tracing::info!(
            event = "worker_started",
            worker_id = id,
            function = function.as_str(),
            version = version.short(),
            pid = pid.as_raw_pid(),
            "worker started"
        );
        if let Some(end) = self.unclaimed.remove(&pid) {
            self.exited(pid, end);
        }
    }

    fn exited(&mut self, pid: Pid, end: End) {
        self.spawner.ended(pid);
        let Some(id) = self.numbers.remove(&pid) else {
            tracing::debug!(event = "ended", pid = pid.as_raw_pid(), status = %end, "a process that is no worker, or is not known yet, has ended");
            if self.spawner.is_waiting() {
                self.unclaimed.insert(pid, end);
            }
            return;
        };
        if let Some(worker) = self.workers.remove(&id) {
            if end.is_excess() {
                self.probation.begin(&worker.function, Instant::now());
            }
            let (function, pid) = (worker.function.as_str(), pid.as_raw_pid());
            let status = end.to_string();
            tracing::info!(
                event = "worker_ended",
                worker_id = id,
                function,
                pid,
                status,
                "worker ended"
            );
        }
        self.handle(Event::Exited { worker: id });
    }

    /// Lets the pool decide and does what it says; what comes of that at once is told to it in turn.
    fn handle(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let actions = self.pool.handle(event, Instant::now());
            events.extend(actions.into_iter().filter_map(|action| self.act(action)));
        }
    }

    fn act(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::Resolve { target: Target { function, revision } } => {
                return self.ask(ToRegistry::Resolve { function, revision });
            }
            Action::Applied { change } => return self.ask(ToRegistry::Applied { change }),
            Action::Spawn { worker, target } => return self.spawn(worker, &target),
            Action::Grant { wish, lease, worker, readiness, invocations, deployed } => {
                let lease = Leased { lease, worker, readiness, invocations };
                return self.grant(wish, lease, deployed);
            }
            Action::Queued { wish } => {
                self.holders.send(wish.holder, FromScheduler::Queued { ticket: wish.ticket }, None);
            }
            Action::Refuse { wish, reason } => {
                let refused = FromScheduler::Refused { ticket: wish.ticket, reason };
                self.holders.send(wish.holder, refused, None);
            }
            Action::Revoke { holder, lease } => {
                self.holders.send(holder, FromScheduler::Revoke { lease }, None);
            }
            Action::Stop { worker, cause } => self.stop(worker, cause),
            Action::Kill { worker, cause } => self.kill(worker, cause),
            Action::Forget { target } => drop(self.loaded.remove(&target)),
        }
        None
    }

    fn ask(&self, question: ToRegistry) -> Option<Event> {
        let unsent = self.questions.try_send(question).err()?;
        match unsent.into_inner() {
            ToRegistry::Resolve { function, revision } => {
                Some(Event::ResolveFailed { target: Target { function, revision } })
            }
            ToRegistry::Applied { .. } => None,
        }
    }

    fn spawn(&mut self, worker: WorkerId, target: &Target) -> Option<Event> {
        let Some(loaded) = self.loaded.get(target) else {
            return Some(Event::SpawnFailed { worker });
        };
        let (function, version) = (target.function.clone(), loaded.deployed.version.clone());
        let behind = self.probation.holds(&function, Instant::now());
        if let Err(error) = self.spawner.spawn(worker, loaded, behind) {
            spawn_failed(&function, &error);
            return Some(Event::SpawnFailed { worker });
        }
        self.workers.insert(worker, Worker { function, version, process: None, stream: None });
        None
    }

    fn grant(&mut self, wish: Wish, leased: Leased, deployed: event::Deployed) -> Option<Event> {
        let Leased { lease, worker: id, readiness, invocations } = leased;
        let handed = self.workers.get(&id).and_then(|worker| {
            let stream = worker.stream.as_ref()?.try_clone().ok()?;
            Some((worker.process.as_ref()?.pid(), stream))
        });
        let Some((pid, stream)) = handed else {
            tracing::error!(worker_id = id, "cannot hand on a worker's stream");
            let refused =
                FromScheduler::Refused { ticket: wish.ticket, reason: Refused::SpawnFailed };
            self.holders.send(wish.holder, refused, None);
            return Some(Event::Kill { holder: wish.holder, lease, reason: KillReason::Lost });
        };
        let policy = deployed.policy;
        let granted = FromScheduler::Granted(Granted {
            ticket: wish.ticket,
            lease,
            worker: id,
            pid: pid.as_raw_pid(),
            readiness,
            version: deployed.version,
            concurrency: policy.concurrency,
            limits: policy.limits,
            max_body: policy.max_body,
            queue: policy.queue,
            invocations,
        });
        self.holders.send(wish.holder, granted, Some(stream.into()));
        None
    }

    fn stop(&mut self, id: WorkerId, cause: Cause) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        let function = worker.function.as_str();
        tracing::info!(event = "worker_stopping", worker_id = id, function, reason = ?cause, "worker told to stop");
        worker.stream = None;
    }

    fn kill(&mut self, id: WorkerId, cause: Cause) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        let Some(process) = &worker.process else { return };
        let (function, pid) = (worker.function.as_str(), process.pid().as_raw_pid());
        tracing::warn!(event = "worker_killed", worker_id = id, function, pid, reason = ?cause, "worker killed");
        worker.stream = None;
        process.kill();
        if cause.is_excess() {
            self.probation.begin(&worker.function, Instant::now());
        }
    }
}

fn spawn_failed(function: &Name, error: &SpawnError) {
    let (function, error) = (function.as_str(), error as &dyn Error);
    tracing::error!(event = "spawn_failed", function, error, "a worker can't be started");
}

fn not_compiled(function: &Name, error: &SpawnError) {
    let (function, error) = (function.as_str(), error as &dyn Error);
    tracing::warn!(event = "not_compiled", function, error, "not compiled");
}
