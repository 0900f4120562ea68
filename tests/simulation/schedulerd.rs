//! schedulerd: the real pool among connections and workers of the simulation.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::rc::Rc;

use bunbase_pool::event::Event;
use bunbase_pool::target::Target;
use bunbase_wire::lease::{FromScheduler, LeaseId, ToScheduler, WorkerId};
use bunbase_wire::registry::ToRegistry;
use tokio::sync::{Notify, mpsc};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep, sleep_until};

use crate::packets::Port;
use crate::pipe::{self, End};
use crate::pool::{Known, Pool, Shell};
use crate::process::Process;
use crate::registry::News;
use crate::sabotage::Sabotage;
use crate::transport::{Letter, Stream};
use crate::worker::{self, Spec};
use crate::world::World;

enum Happening {
    Event(Event),
    HolderConnected(Port<Letter, ToScheduler>),
    RegistryConnected,
    Resolved(Target, Known),
    Exited(WorkerId),
}

type Happenings = mpsc::UnboundedSender<Happening>;

struct Worker {
    uid: u64,
    end: Option<Rc<End>>,
    kill: Rc<Notify>,
}

struct Daemon {
    world: Rc<World>,
    number: u64,
    holders: BTreeMap<u64, Rc<Port<Letter, ToScheduler>>>,
    workers: BTreeMap<WorkerId, Worker>,
    /// Which worker of this world a lease is of.
    leases: BTreeMap<LeaseId, u64>,
    loaded: BTreeMap<Target, Known>,
    questions: mpsc::UnboundedSender<ToRegistry>,
    happenings: Happenings,
}

/// Runs schedulerd, and kills and restarts it now and then.
pub async fn live(world: Rc<World>) {
    for number in 1.. {
        let process = Process::start(run(Rc::clone(&world), number));
        let lives = world.plan.faults.scheduler_lives;
        sleep(world.dice.ms(lives / 2..=lives)).await;
        if lives == 0 || !world.open.get() {
            return pending().await;
        }
        process.kill().await;
        world.note("schedulerd is killed".to_owned());
        sleep(world.dice.ms(0..=300)).await;
    }
}

async fn run(world: Rc<World>, number: u64) {
    world.note("schedulerd starts".to_owned());
    let (happenings, mut incoming) = mpsc::unbounded_channel();
    let (questions, asked) = mpsc::unbounded_channel();
    spawn_local(registry(Rc::clone(&world), asked, happenings.clone()));
    spawn_local(accept(Rc::clone(&world), happenings.clone()));
    let mut pool = Pool::new(&world.plan);
    let mut daemon = Daemon {
        world,
        number,
        holders: BTreeMap::new(),
        workers: BTreeMap::new(),
        leases: BTreeMap::new(),
        loaded: BTreeMap::new(),
        questions,
        happenings,
    };
    loop {
        let tick = pool.next_tick();
        tokio::select! {
            biased;
            Some(happening) = incoming.recv() => daemon.take(happening, &mut pool),
            () = sleep_until(tick.unwrap_or_else(Instant::now)), if tick.is_some() => {
                pool.handle(Event::Tick, &mut daemon);
            }
        }
        daemon.world.known.set(pool.functions());
    }
}

async fn accept(world: Rc<World>, happenings: Happenings) {
    loop {
        let port = world.lease_socket.accept().await;
        let _ = happenings.send(Happening::HolderConnected(port));
    }
}

/// The connection to the registry: made anew when it breaks, and then nothing that was asked is answered.
async fn registry(
    world: Rc<World>,
    mut questions: mpsc::UnboundedReceiver<ToRegistry>,
    happenings: Happenings,
) {
    let mut asked = BTreeSet::new();
    loop {
        let port = world.registry_socket.connect(&world);
        let _ = happenings.send(Happening::RegistryConnected);
        loop {
            tokio::select! {
                biased;
                news = port.recv() => match news {
                    Some(news) => {
                        let _ = happenings.send(hear(news, &mut asked));
                    }
                    None => break,
                },
                Some(question) = questions.recv() => {
                    asked.extend(asked_for(&question));
                    if port.send(question).is_err() {
                        break;
                    }
                }
            }
        }
        while let Ok(question) = questions.try_recv() {
            asked.extend(asked_for(&question));
        }
        for target in std::mem::take(&mut asked) {
            let _ = happenings.send(Happening::Event(Event::ResolveFailed { target }));
        }
    }
}

fn asked_for(question: &ToRegistry) -> Option<Target> {
    match question {
        ToRegistry::Resolve { function, revision } => {
            Some(Target { function: function.clone(), revision: *revision })
        }
        ToRegistry::Applied { .. } => None,
    }
}

fn hear(news: News, asked: &mut BTreeSet<Target>) -> Happening {
    match news {
        News::Resolved(target, known) => {
            asked.remove(&target);
            Happening::Resolved(target, known)
        }
        News::Unknown(target) => {
            asked.remove(&target);
            Happening::Event(Event::Unknown { target })
        }
        News::Failed(target) => {
            asked.remove(&target);
            Happening::Event(Event::ResolveFailed { target })
        }
        News::Changed(change, function) => Happening::Event(Event::Changed { function, change }),
    }
}

async fn listen(port: Rc<Port<Letter, ToScheduler>>, holder: u64, happenings: Happenings) {
    while let Some(message) = port.recv().await {
        if let Some(event) = Event::said(holder, message) {
            let _ = happenings.send(Happening::Event(event));
        }
    }
    let _ = happenings.send(Happening::Event(Event::HolderGone { holder }));
}

impl Daemon {
    fn take(&mut self, happening: Happening, pool: &mut Pool) {
        match happening {
            Happening::HolderConnected(port) => self.connected(port),
            Happening::RegistryConnected => pool.handle(Event::Reconnected, self),
            Happening::Resolved(target, deployed) => {
                self.loaded.insert(target.clone(), deployed.clone());
                pool.handle(Event::Resolved { target, deployed }, self);
            }
            Happening::Exited(id) => {
                if let Some(worker) = self.workers.remove(&id) {
                    self.world.ledger.borrow_mut().reaped(worker.uid);
                }
                pool.handle(Event::Exited { worker: id }, self);
            }
            Happening::Event(event) => {
                self.note(&event);
                pool.handle(event, self);
            }
        }
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::HolderGone { holder } => _ = self.holders.remove(holder),
            Event::Worn { lease, .. } => {
                let uid = self.leases.get(lease).copied();
                uid.into_iter().for_each(|uid| self.world.ledger.borrow_mut().worn(uid));
            }
            _ => {}
        }
    }

    fn connected(&mut self, port: Port<Letter, ToScheduler>) {
        let holder = self.holders.last_key_value().map_or(1, |(last, _)| last + 1);
        let port = Rc::new(port);
        self.holders.insert(holder, Rc::clone(&port));
        spawn_local(listen(port, holder, self.happenings.clone()));
    }

    /// Which worker's stream is handed on.
    fn handed(&self, id: WorkerId) -> Option<&Worker> {
        let ours = self.workers.get(&id)?;
        if !self.world.sabotaged(Sabotage::GrantsTwice) {
            return Some(ours);
        }
        let ledger = self.world.ledger.borrow();
        let is_taken =
            |worker: &&Worker| worker.end.is_some() && ledger.is_twin(worker.uid, ours.uid);
        Some(self.workers.values().find(is_taken).unwrap_or(ours))
    }
}

impl Shell for Daemon {
    fn resolve(&mut self, target: &Target) -> bool {
        let (function, revision) = (target.function.clone(), target.revision);
        self.questions.send(ToRegistry::Resolve { function, revision }).is_ok()
    }

    fn applied(&mut self, change: u64) {
        let _ = self.questions.send(ToRegistry::Applied { change });
    }

    fn spawn(&mut self, id: WorkerId, target: &Target) -> bool {
        let name = &target.function;
        if self.world.dice.chance(self.world.plan.faults.spawn) {
            self.world.note(format!("a worker of {name} can't be started"));
            return false;
        }
        let Some(known) = self.loaded.get(target) else { return false };
        let function = self.world.plan.functions.iter().position(|f| f.name == *name).unwrap();
        let spec = Spec { function, revision: known.revision };
        let (uid, found) = self.world.ledger.borrow_mut().spawned(self.number, &spec);
        self.world.note(format!("worker {uid} of {name} {} starts as {id}", spec.revision));
        self.world.check(found);
        let (ours, theirs) = pipe::pair(&self.world);
        let kill = Rc::<Notify>::default();
        let happenings = self.happenings.clone();
        let life = worker::live(Rc::clone(&self.world), uid, spec, theirs, Rc::clone(&kill));
        let world = Rc::clone(&self.world);
        self.world.spawn(async move {
            life.await;
            sleep(world.delay()).await;
            // A schedulerd that has ended reaps nobody.
            let _ = happenings.send(Happening::Exited(id));
        });
        self.workers.insert(id, Worker { uid, end: Some(Rc::new(ours)), kill });
        true
    }

    fn send(&mut self, holder: u64, message: FromScheduler, stream: Option<WorkerId>) -> bool {
        let mut copy = None;
        if let Some(id) = stream {
            let worker = self.handed(id).and_then(|w| Some((w.uid, Rc::clone(w.end.as_ref()?))));
            let Some((uid, end)) = worker else { return false };
            copy = Some(Stream::new(&self.world, uid, end));
            if let FromScheduler::Granted(granted) = &message {
                self.leases.insert(granted.lease, uid);
            }
        }
        if let Some(port) = self.holders.get(&holder) {
            // Its end is on its way to us.
            let _ = port.send((message, copy));
        }
        true
    }

    fn stop(&mut self, worker: WorkerId, why: String) {
        let Some(worker) = self.workers.get_mut(&worker) else { return };
        self.world.note(format!("worker {} is told to stop: {why}", worker.uid));
        self.world.ledger.borrow_mut().told(worker.uid);
        worker.end = None;
    }

    fn kill(&mut self, worker: WorkerId, why: String) {
        let Some(worker) = self.workers.get_mut(&worker) else { return };
        self.world.note(format!("worker {} is killed: {why}", worker.uid));
        self.world.ledger.borrow_mut().told(worker.uid);
        worker.end = None;
        if !self.world.sabotaged(Sabotage::NeverKills) {
            worker.kill.notify_one();
        }
    }

    fn forget(&mut self, target: &Target) {
        self.loaded.remove(target);
    }
}
