//! ipcd's registry: what is deployed, and news of what has changed.
//!
//! What is stored outlives a process; who is connected does not.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use bunbase_manifest::Name;
use bunbase_pool::target::Target;
use bunbase_wire::registry::ToRegistry;
use tokio::sync::Notify;
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use crate::packets::Port;
use crate::plan::Plan;
use crate::pool::{self, Known};
use crate::process::Process;
use crate::sabotage::Sabotage;
use crate::world::World;

/// How long a deploy waits until it is in force.
const PATIENCE: Duration = Duration::from_secs(10);

/// What schedulerd says.
pub type Question = ToRegistry;

/// What it is told.
#[derive(Debug, Clone)]
pub enum News {
    /// This is deployed.
    Resolved(Target, Known),
    /// Nothing is.
    Unknown(Target),
    /// That can't be said now.
    Failed(Target),
    /// Something has changed.
    Changed(u64, Name),
}

/// What is stored.
#[derive(Debug)]
pub struct Stored {
    functions: Vec<(u64, bool)>,
    last_change: u64,
}

impl Stored {
    /// Everything deployed once.
    pub fn new(plan: &Plan) -> Self {
        Self { functions: vec![(1, true); plan.functions.len()], last_change: 0 }
    }
}

type Connection = Rc<Port<News, Question>>;

/// One process of it.
#[derive(Default)]
struct Service {
    connections: RefCell<BTreeMap<u64, Connection>>,
    /// Changes that are not in force, and who waits for that.
    changes: RefCell<BTreeMap<u64, Rc<Notify>>>,
}

/// Runs the registry, and restarts it now and then.
pub async fn live(world: Rc<World>) {
    loop {
        let process = Process::start(serve(Rc::clone(&world)));
        let lives = world.plan.faults.registry_lives;
        sleep(world.dice.ms(lives / 2..=lives)).await;
        if lives == 0 || !world.open.get() {
            return pending().await;
        }
        process.kill().await;
        world.note("the registry is killed".to_owned());
        sleep(world.dice.ms(0..=200)).await;
    }
}

async fn serve(world: Rc<World>) {
    let service = Rc::<Service>::default();
    spawn_local(operate(Rc::clone(&world), Rc::clone(&service)));
    for number in 0.. {
        let port = Rc::new(world.registry_socket.accept().await);
        service.connections.borrow_mut().insert(number, Rc::clone(&port));
        spawn_local(session(Rc::clone(&world), Rc::clone(&service), number, port));
    }
}

async fn session(world: Rc<World>, service: Rc<Service>, number: u64, port: Connection) {
    while let Some(question) = port.recv().await {
        match question {
            ToRegistry::Resolve { function, revision } => {
                // Who does not hear the answer has gone.
                let _ = port.send(answer(&world, Target { function, revision }));
            }
            ToRegistry::Applied { change } => service.applied(change),
        }
    }
    service.gone(number);
}

fn answer(world: &World, target: Target) -> News {
    let name = &target.function;
    if world.dice.chance(world.plan.faults.resolve) {
        return News::Failed(target);
    }
    let number = world.plan.functions.iter().position(|function| function.name == *name).unwrap();
    match world.stored.borrow().functions[number] {
        (revision, true) => {
            let mut known = pool::deployed(&world.plan.functions[number], revision);
            known.policy.max += u32::from(world.sabotaged(Sabotage::StartsTooMany));
            News::Resolved(target, known)
        }
        (_, false) => News::Unknown(target),
    }
}

/// Deploys and removes now and then.
async fn operate(world: Rc<World>, service: Rc<Service>) {
    if world.plan.deploys == 0 {
        return;
    }
    loop {
        sleep(world.dice.ms(0..=world.plan.deploys)).await;
        if !world.open.get() {
            return;
        }
        let number = world.dice.count(0..=world.plan.functions.len() - 1);
        change(&world, &service, number).await;
    }
}

async fn change(world: &World, service: &Service, number: usize) {
    let stays = !world.dice.chance(world.plan.faults.removes);
    let name = world.plan.functions[number].name.clone();
    let (revision, change) = {
        let mut stored = world.stored.borrow_mut();
        stored.functions[number].0 += 1;
        stored.functions[number].1 = stays;
        stored.last_change += 1;
        (stored.functions[number].0, stored.last_change)
    };
    let what = if stays { "deployed" } else { "removed" };
    world.note(format!("{name}: {what} at revision {revision}, change {change}"));
    world.ledger.borrow_mut().changed(number, stays);
    if service.announce(world, change, name.clone()).await {
        world.note(format!("{name}: revision {revision} is in force"));
        world.ledger.borrow_mut().in_force(number, revision);
    }
}

impl Service {
    /// Tells everyone of a change, and waits until it is in force for all who stay. False if that takes too long.
    async fn announce(&self, world: &World, change: u64, name: Name) -> bool {
        let ports = self.connections.borrow().values().cloned().collect::<Vec<Connection>>();
        if ports.is_empty() || world.sabotaged(Sabotage::AcknowledgesAtOnce) {
            return true;
        }
        let applied = Rc::<Notify>::default();
        self.changes.borrow_mut().insert(change, Rc::clone(&applied));
        for port in ports {
            // Who has gone asks anew, and hears of the new state.
            let _ = port.send(News::Changed(change, name.clone()));
        }
        let in_force = timeout(PATIENCE, applied.notified()).await.is_ok();
        self.changes.borrow_mut().remove(&change);
        in_force
    }

    fn applied(&self, change: u64) {
        if let Some(applied) = self.changes.borrow().get(&change) {
            applied.notify_one();
        }
    }

    /// What a schedulerd that has gone had not put in force, its successor asks for.
    fn gone(&self, connection: u64) {
        self.connections.borrow_mut().remove(&connection);
        self.changes.borrow().values().for_each(|applied| applied.notify_one());
    }
}
