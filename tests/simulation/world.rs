//! One world: what everybody in it shares, and its course from beginning to end.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use bunbase_wire::lease::ToScheduler;
use tokio::sync::{Notify, mpsc};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};

use crate::dice::Dice;
use crate::history::History;
use crate::holder::{self, Holder};
use crate::ledger::Ledger;
use crate::packets::Listener;
use crate::plan::Plan;
use crate::registry::{self, News, Question, Stored};
use crate::sabotage::Sabotage;
use crate::schedulerd;
use crate::transport::Letter;

/// When all has to be at rest after the last call has come: patience, deadlines and idle times included.
const SETTLED: Duration = Duration::from_secs(400);

/// A process that nobody but itself ends.
type Life = Pin<Box<dyn Future<Output = ()>>>;

/// What everybody in a world shares.
pub struct World {
    /// What it is made of.
    pub plan: Plan,
    /// What is left to chance.
    pub dice: Dice,
    /// What has happened.
    pub history: History,
    /// What is promised of it.
    pub ledger: RefCell<Ledger>,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
    /// `lease.sock`.
    pub lease_socket: Listener<ToScheduler, Letter>,
    /// `registry.sock`.
    pub registry_socket: Listener<Question, News>,
    /// What is deployed.
    pub stored: RefCell<Stored>,
    /// Whether calls are still being made.
    pub open: Cell<bool>,
    /// Functions that schedulerd knows of.
    pub known: Cell<usize>,
    births: mpsc::UnboundedSender<Life>,
    broken: RefCell<Vec<String>>,
    stop: Notify,
}

/// What has become of a world.
#[derive(Debug, PartialEq, Eq)]
pub struct Course {
    /// All that has happened.
    pub history: Vec<String>,
    /// How the calls have ended: by outcome.
    pub outcomes: Vec<(String, u64)>,
}

/// Runs the world of a seed to its end.
///
/// # Errors
/// When a promise was broken: which, and what happened before.
pub fn run(seed: u64, sabotage: Option<Sabotage>) -> Result<Course, String> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    let course = LocalSet::new().block_on(&runtime, async move {
        let (births, mut born) = mpsc::unbounded_channel();
        let world = Rc::new(World::new(seed, sabotage, births));
        spawn_local(async move {
            while let Some(life) = born.recv().await {
                spawn_local(life);
            }
        });
        let task = spawn_local(Rc::clone(&world).pass());
        tokio::select! {
            biased;
            () = world.stop.notified() => {}
            passed = task => passed.unwrap(),
        }
        world.course(seed)
    });
    drop(runtime);
    course
}

impl World {
    fn new(seed: u64, sabotage: Option<Sabotage>, births: mpsc::UnboundedSender<Life>) -> Self {
        let dice = Dice::new(seed);
        let plan = Plan::new(&dice);
        let history = History::new();
        history.note(format!("{plan:?}"));
        Self {
            ledger: RefCell::new(Ledger::new(&plan)),
            stored: RefCell::new(Stored::new(&plan)),
            plan,
            dice,
            history,
            sabotage,
            lease_socket: Listener::default(),
            registry_socket: Listener::default(),
            open: Cell::new(true),
            known: Cell::new(0),
            births,
            broken: RefCell::default(),
            stop: Notify::new(),
        }
    }

    /// How long a message is under way.
    pub fn delay(&self) -> Duration {
        self.dice.ms(0..=self.plan.delay)
    }

    /// Starts a process that outlives whoever starts it.
    pub fn spawn(&self, life: impl Future<Output = ()> + 'static) {
        // The world outlives everybody in it.
        let _ = self.births.send(Box::pin(life));
    }

    /// This has happened.
    pub fn note(&self, what: String) {
        self.history.note(what);
    }

    /// A promise was broken: the world ends.
    pub fn broken(&self, promise: String) {
        self.note(format!("BROKEN {promise}"));
        self.broken.borrow_mut().push(promise);
        self.stop.notify_one();
    }

    /// As [`World::broken`], for what was found wrong.
    pub fn check(&self, found: Result<(), String>) {
        found.unwrap_or_else(|promise| self.broken(promise));
    }

    /// Whether this is broken on purpose.
    pub fn sabotaged(&self, what: Sabotage) -> bool {
        self.sabotage == Some(what)
    }

    /// From the first call until all is at rest again.
    async fn pass(self: Rc<Self>) {
        spawn_local(schedulerd::live(Rc::clone(&self)));
        spawn_local(registry::live(Rc::clone(&self)));
        let holders: Vec<Rc<Holder>> = (0..self.plan.holders).map(|_| Rc::default()).collect();
        for (number, holder) in holders.iter().enumerate() {
            spawn_local(holder::live(Rc::clone(&self), number, Rc::clone(holder)));
        }
        sleep(self.plan.traffic).await;
        self.open.set(false);
        self.note("no more calls".to_owned());
        let settled = timeout(SETTLED, async {
            while self.unsettled(&holders).is_some() {
                sleep(Duration::from_millis(500)).await;
            }
        });
        if settled.await.is_err()
            && let Some(why) = self.unsettled(&holders)
        {
            self.broken(format!("the world does not come to rest: {why}"));
        }
    }

    /// What is still going on.
    fn unsettled(&self, holders: &[Rc<Holder>]) -> Option<String> {
        let busy = holders.iter().position(|holder| !holder.is_at_rest());
        let busy = busy.map(|number| format!("holder {number} holds, wishes or waits"));
        let known = (self.known.get() > 0)
            .then(|| format!("schedulerd knows of {} functions", self.known.get()));
        self.ledger.borrow().unsettled().or(busy).or(known)
    }

    fn course(&self, seed: u64) -> Result<Course, String> {
        match self.broken.borrow().first() {
            None => Ok(Course {
                history: self.history.lines(),
                outcomes: self.ledger.borrow().outcomes(),
            }),
            Some(promise) => Err(format!(
                "{}\nseed {seed}: {promise}\nagain: SEED={seed} make simulation (ALL=1 shows everything)",
                self.history
            )),
        }
    }
}
