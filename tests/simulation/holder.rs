//! Lease holders: the real ones, with clients of the simulation.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

use bunbase_lease::Invoker;
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::client;
use crate::process::Process;
use crate::transport::Way;
use crate::world::World;

/// A holder as one sees it from outside.
#[derive(Default)]
pub struct Holder(RefCell<Option<Invoker>>);

impl Holder {
    /// Whether it holds nothing, wishes for nothing and lets nobody wait.
    pub fn is_at_rest(&self) -> bool {
        self.0.borrow().as_ref().is_none_or(Invoker::is_at_rest)
    }
}

/// Runs a holder, and kills and restarts it now and then.
pub async fn live(world: Rc<World>, number: usize, holder: Rc<Holder>) {
    loop {
        let process = Process::start(run(Rc::clone(&world), number, Rc::clone(&holder)));
        let lives = world.plan.faults.holder_lives;
        sleep(world.dice.ms(lives / 2..=lives)).await;
        if lives == 0 || !world.open.get() {
            return pending().await;
        }
        process.kill().await;
        holder.0.take();
        world.note(format!("holder {number} is killed"));
        sleep(world.dice.ms(0..=200)).await;
    }
}

async fn run(world: Rc<World>, number: usize, holder: Rc<Holder>) {
    let way = Way { world: Rc::clone(&world), holder: number };
    let invoker = Invoker::start_with(way, world.plan.quiet);
    holder.0.replace(Some(invoker.clone()));
    while world.open.get() {
        let at_once = if world.dice.chance(100) { world.dice.count(1..=8) } else { 1 };
        for _ in 0..at_once {
            spawn_local(client::call(Rc::clone(&world), number, invoker.clone()));
        }
        sleep(world.dice.ms(0..=world.plan.pause)).await;
    }
    pending().await
}
