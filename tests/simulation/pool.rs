//! The pool as schedulerd has it: all that the simulation knows of its events and actions is here.

use bunbase_manifest::{ByteSize, Limits, Millis};
use bunbase_pool::action::Action;
use bunbase_pool::event::{Deployed, Event, Wish};
use bunbase_pool::policy::{Bounds, Policy};
use bunbase_pool::target::Target;
use bunbase_pool::worker::Cause;
use bunbase_wire::lease::{FromScheduler, Granted, KillReason, LeaseId, WorkerId};
use std::time::Duration;
use tokio::time::Instant;

use crate::plan::{Function, Plan};

/// What the registry says is deployed.
pub type Known = Deployed;

/// What a schedulerd does for its pool.
pub trait Shell {
    /// Asks the registry. False if it can't be asked.
    fn resolve(&mut self, target: &Target) -> bool;
    /// Tells the registry that a change is in force.
    fn applied(&mut self, change: u64);
    /// Starts a worker of what is deployed. False if that fails.
    fn spawn(&mut self, worker: WorkerId, target: &Target) -> bool;
    /// Sends a packet to a holder, with a worker's stream. False if there is none.
    fn send(&mut self, holder: u64, message: FromScheduler, stream: Option<WorkerId>) -> bool;
    /// Closes our end of a worker's stream.
    fn stop(&mut self, worker: WorkerId, why: String);
    /// Kills a worker.
    fn kill(&mut self, worker: WorkerId, why: String);
    /// Forgets what was learnt of a function.
    fn forget(&mut self, target: &Target);
}

/// The pool itself.
pub struct Pool(bunbase_pool::Pool);

impl Pool {
    /// An empty one.
    pub fn new(plan: &Plan) -> Self {
        let bounds = Bounds {
            workers: plan.workers,
            wishes: 100,
            grace: Duration::from_secs(1),
            invocations: plan.invocations,
            age: plan.age,
        };
        Self(bunbase_pool::Pool::new(bounds, Instant::now().into_std()))
    }

    /// When it wants to be woken.
    pub fn next_tick(&self) -> Option<Instant> {
        self.0.next_tick().map(Instant::from_std)
    }

    /// How many functions it knows of.
    pub fn functions(&self) -> usize {
        self.0.functions()
    }

    /// Lets it decide, and does what it says; what comes of that at once is told to it in turn.
    pub fn handle(&mut self, event: Event, shell: &mut impl Shell) {
        let mut events = std::collections::VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let actions = self.0.handle(event, Instant::now().into_std());
            events.extend(actions.into_iter().filter_map(|action| act(action, shell)));
        }
    }
}

fn act(action: Action, shell: &mut impl Shell) -> Option<Event> {
    match action {
        Action::Resolve { target } => {
            let asked = shell.resolve(&target);
            return (!asked).then_some(Event::ResolveFailed { target });
        }
        Action::Spawn { worker, target } => {
            return Some(match shell.spawn(worker, &target) {
                true => Event::Spawned { worker },
                false => Event::SpawnFailed { worker },
            });
        }
        Action::Grant { wish, lease, worker, readiness, invocations, deployed } => {
            let granted = granted(wish, (lease, worker), readiness, invocations, deployed);
            let sent = shell.send(wish.holder, granted, Some(worker));
            let (holder, reason) = (wish.holder, KillReason::Lost);
            return (!sent).then_some(Event::Kill { holder, lease, reason });
        }
        Action::Applied { change } => shell.applied(change),
        Action::Queued { wish } => {
            shell.send(wish.holder, FromScheduler::Queued { ticket: wish.ticket }, None);
        }
        Action::Refuse { wish, reason } => {
            let ticket = wish.ticket;
            shell.send(wish.holder, FromScheduler::Refused { ticket, reason }, None);
        }
        Action::Revoke { holder, lease } => {
            shell.send(holder, FromScheduler::Revoke { lease }, None);
        }
        Action::Stop { worker, cause } => shell.stop(worker, why(cause)),
        Action::Kill { worker, cause } => shell.kill(worker, why(cause)),
        Action::Forget { target } => shell.forget(&target),
    }
    None
}

fn why(cause: Cause) -> String {
    format!("{cause:?}")
}

fn granted(
    wish: Wish,
    (lease, worker): (LeaseId, WorkerId),
    readiness: bunbase_wire::lease::Readiness,
    invocations: u64,
    deployed: Deployed,
) -> FromScheduler {
    let policy = deployed.policy;
    FromScheduler::Granted(Granted {
        ticket: wish.ticket,
        lease,
        worker,
        pid: 1,
        readiness,
        version: deployed.version,
        concurrency: policy.concurrency,
        limits: policy.limits,
        max_body: policy.max_body,
        queue: policy.queue,
        invocations,
    })
}

/// What is deployed at this revision of a function.
pub fn deployed(function: &Function, revision: u64) -> Known {
    let limits =
        Limits { timeout: Millis::new(function.timeout), output: OUTPUT, ..Limits::default() };
    let policy = Policy {
        concurrency: function.concurrency,
        min: function.min,
        max: function.max,
        idle: function.idle,
        limits,
        max_body: MAX_BODY,
        queue: function.queue,
    };
    Deployed { version: format!("{revision:064x}").parse().unwrap(), revision, policy }
}

/// The longest answer.
pub const OUTPUT: ByteSize = ByteSize::new(400 << 10);

/// The largest request body.
pub const MAX_BODY: ByteSize = ByteSize::new(100 << 10);
