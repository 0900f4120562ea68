//! What is promised: every call and every worker of a world, and what may become of them.

use std::collections::BTreeMap;
use std::time::Duration;

use bunbase_lease::Failure;
use bunbase_wire::lease::Refused;
use tokio::time::Instant;

use crate::client::kind;
use crate::fate::Fate;
use crate::plan::{Function, Plan};
use crate::worker::Spec;

/// What a client has got.
pub type Outcome = Result<String, Failure>;

/// How long news of what has gone wrong may be under way.
const NEWS: Duration = Duration::from_millis(500);

/// A call whose client waits.
#[derive(Debug)]
struct Call {
    function: usize,
    holder: usize,
    at: Duration,
    /// The oldest revision that may begin it.
    floor: u64,
    sent: Option<usize>,
    begun: Option<(u64, Fate)>,
    answer: Option<String>,
}

#[derive(Debug)]
struct Worker {
    function: usize,
    revision: u64,
    scheduler: u64,
    /// Copies of its stream that holders have.
    held: u32,
    /// Since when those who are on it may fail through no fault of their own.
    harmful: Option<Duration>,
    /// It was told to stop, or killed.
    told: bool,
    born: Duration,
    /// Its holder has said that it is to be replaced.
    worn: bool,
    exited: Option<Duration>,
    reaped: bool,
}

/// All of it.
#[derive(Debug)]
pub struct Ledger {
    begin: Instant,
    calm: bool,
    bound: usize,
    age: Duration,
    functions: Vec<Function>,
    /// The revision of each function that is in force, and when nothing was deployed last.
    in_force: Vec<u64>,
    absent: Vec<(bool, Option<Duration>)>,
    spawn_fails: bool,
    registry_fails: bool,
    calls: BTreeMap<u64, Call>,
    /// Calls that were begun, by the worker that did.
    begun: BTreeMap<u64, u64>,
    workers: BTreeMap<u64, Worker>,
    last_call: u64,
    outcomes: BTreeMap<String, u64>,
}

impl Ledger {
    /// An empty one.
    pub fn new(plan: &Plan) -> Self {
        Self {
            begin: Instant::now(),
            calm: plan.calm,
            bound: plan.workers as usize,
            age: plan.age,
            functions: plan.functions.clone(),
            in_force: vec![0; plan.functions.len()],
            absent: vec![(false, None); plan.functions.len()],
            spawn_fails: plan.faults.spawn > 0,
            registry_fails: plan.faults.resolve > 0 || plan.faults.registry_lives > 0,
            calls: BTreeMap::new(),
            begun: BTreeMap::new(),
            workers: BTreeMap::new(),
            last_call: 0,
            outcomes: BTreeMap::new(),
        }
    }

    /// A client calls; the call's number.
    pub fn call(&mut self, function: usize, holder: usize) -> u64 {
        self.last_call += 1;
        let call = Call {
            function,
            holder,
            at: self.begin.elapsed(),
            floor: self.in_force[function],
            sent: None,
            begun: None,
            answer: None,
        };
        self.calls.insert(self.last_call, call);
        self.last_call
    }

    /// All of its body has been sent: so many bytes.
    pub fn sends(&mut self, nonce: u64, bytes: usize) {
        if let Some(call) = self.calls.get_mut(&nonce) {
            call.sent = Some(bytes);
        }
    }

    /// Its client, or its holder, has gone. False if it had its outcome before.
    pub fn dropped(&mut self, nonce: u64) -> bool {
        let there = self.calls.remove(&nonce).is_some();
        if there {
            *self.outcomes.entry("dropped".to_owned()).or_default() += 1;
        }
        there
    }

    /// A worker begins with a call.
    pub fn begins(&mut self, nonce: u64, uid: u64, fate: Fate) -> Result<(), String> {
        if let Some(before) = self.begun.insert(nonce, uid) {
            return Err(format!("call {nonce} was begun by worker {before} and again by {uid}"));
        }
        let revision = self.workers[&uid].revision;
        let Some(call) = self.calls.get_mut(&nonce) else { return Ok(()) };
        if revision < call.floor {
            let floor = call.floor;
            return Err(format!(
                "call {nonce} came when revision {floor} was in force, and {revision} begins it"
            ));
        }
        call.begun = Some((uid, fate));
        let most = self.functions[call.function].concurrency as usize;
        let on_it = self.calls.values().filter(|c| c.begun.is_some_and(|(on, _)| on == uid));
        match on_it.count() {
            many if many > most => Err(format!("worker {uid} has {many} calls at once")),
            _ => Ok(()),
        }
    }

    /// A worker says this in answer to a call.
    pub fn answers(&mut self, nonce: u64, body: &str) {
        if let Some(call) = self.calls.get_mut(&nonce) {
            call.answer = Some(body.to_owned());
        }
    }

    /// A worker does from now on what may cost others on it their answers.
    pub fn harms(&mut self, uid: u64) {
        let now = self.begin.elapsed();
        self.workers.entry(uid).and_modify(|worker| _ = worker.harmful.get_or_insert(now));
    }

    /// A call has its outcome.
    pub fn finished(&mut self, nonce: u64, outcome: &Outcome) -> Result<(), String> {
        let Some(call) = self.calls.remove(&nonce) else {
            return Err(format!("call {nonce} has a second outcome"));
        };
        let name = outcome.as_ref().map_or_else(kind, |_| "200".to_owned());
        *self.outcomes.entry(name).or_default() += 1;
        let right = match outcome {
            Ok(body) => is_its_own(&call, nonce, body),
            Err(failure) => self.is_justified(&call, failure),
        };
        if let (Err(Failure::Timeout { .. }), Some((uid, _))) = (outcome, call.begun) {
            // Its holder has the worker killed.
            self.harms(uid);
        }
        match right {
            true => Ok(()),
            false => {
                Err(format!("call {nonce} had to end otherwise than as {outcome:?}: {call:?}"))
            }
        }
    }

    /// Whether a call may end like this.
    fn is_justified(&self, call: &Call, failure: &Failure) -> bool {
        if self.calm {
            return false;
        }
        let took = |limit: u64| self.begin.elapsed() - call.at >= Duration::from_millis(limit);
        let own = call.begun.is_some_and(|(_, fate)| fate.is_own(failure));
        own || match failure {
            Failure::QueueTimeout { limit } => took(limit.get()),
            // A worker that stops breaks off what it had begun to answer, and says nothing else of it.
            Failure::Timeout { limit } if took(limit.get()) => self.is_late(call),
            Failure::Timeout { .. } => self.broke_off(call),
            Failure::QueueFull { limit } => self.waiting(call) >= *limit as usize,
            Failure::Refused(refused) => self.may_refuse(call, refused),
            Failure::WorkerDied
            | Failure::Nonsense
            | Failure::NeighbourStopped
            | Failure::LoadFailed => self.was_harmed(call),
            Failure::BodyBrokenOff | Failure::BodyTooLarge { .. } => call.sent.is_some(),
            _ => false,
        }
    }

    fn waiting(&self, call: &Call) -> usize {
        let alike = |c: &&Call| c.function == call.function && c.holder == call.holder;
        self.calls.values().filter(alike).filter(|c| c.begun.is_none()).count()
    }

    fn may_refuse(&self, call: &Call, refused: &Refused) -> bool {
        let (is_absent, last) = self.absent[call.function];
        match refused {
            Refused::NoSuchFunction => is_absent || last.is_some_and(|at| at + NEWS >= call.at),
            Refused::RegistryUnavailable => self.registry_fails,
            Refused::SpawnFailed => self.spawn_fails,
            Refused::QueueFull { .. } | Refused::MachineFull { .. } => true,
            Refused::Draining => false,
        }
    }

    /// Whether the call itself took too long, or what stood before it.
    fn is_late(&self, call: &Call) -> bool {
        call.begun.is_some_and(|(_, fate)| fate == Fate::SaidTimeout) || self.was_harmed(call)
    }

    fn broke_off(&self, call: &Call) -> bool {
        call.begun.is_some_and(|(_, fate)| fate.is_streamed()) && self.was_harmed(call)
    }

    /// Whether the worker of a call, or one that it may have been meant for, did harm.
    fn was_harmed(&self, call: &Call) -> bool {
        let while_it_ran = |worker: &Worker| {
            worker.harmful.is_some() && worker.exited.is_none_or(|at| at + NEWS >= call.at)
        };
        match call.begun {
            Some((uid, _)) => self.workers[&uid].harmful.is_some(),
            None => self.workers.values().any(|w| w.function == call.function && while_it_ran(w)),
        }
    }

    /// A function was deployed or removed.
    pub fn changed(&mut self, function: usize, is_there: bool) {
        let last = &mut self.absent[function];
        if last.0 {
            last.1 = Some(self.begin.elapsed());
        }
        last.0 = !is_there;
    }

    /// This revision of a function, or a later one, is what begins from now on.
    pub fn in_force(&mut self, function: usize, revision: u64) {
        self.in_force[function] = revision;
    }

    /// schedulerd starts a worker; its number in this world.
    pub fn spawned(&mut self, scheduler: u64, spec: &Spec) -> (u64, Result<(), String>) {
        let uid = self.workers.len() as u64 + 1;
        let &Spec { function, revision } = spec;
        let worker = Worker {
            function,
            revision,
            scheduler,
            held: 0,
            harmful: None,
            told: false,
            born: self.begin.elapsed(),
            worn: false,
            exited: None,
            reaped: false,
        };
        self.workers.insert(uid, worker);
        let ours = || self.workers.values().filter(|w| w.scheduler == scheduler && !w.reaped);
        let now = self.begin.elapsed();
        // Those that are being replaced are leaving.
        let stays = |w: &Worker| !w.told && !w.worn && now < w.born + self.age;
        let alike = |w: &&Worker| w.function == function && w.revision == revision && stays(w);
        let (all, current) = (ours().count(), ours().filter(alike).count());
        let max = self.functions[function].max as usize;
        let found = if all > self.bound {
            Err(format!("{all} workers run, of {} that may", self.bound))
        } else if current > max {
            Err(format!("{current} workers of a function run, of {max} that may"))
        } else {
            Ok(())
        };
        (uid, found)
    }

    /// A holder has a copy of a worker's stream.
    pub fn held(&mut self, uid: u64) -> Result<(), String> {
        let Some(worker) = self.workers.get_mut(&uid) else { return Ok(()) };
        worker.held += 1;
        if worker.held > 1 { Err(format!("worker {uid} is held twice")) } else { Ok(()) }
    }

    /// It has closed it.
    pub fn given_back(&mut self, uid: u64) {
        self.workers.entry(uid).and_modify(|worker| worker.held -= 1);
    }

    /// Whether somebody holds this worker, which could do the other's work.
    pub fn is_twin(&self, uid: u64, other: u64) -> bool {
        let of = |uid| self.workers.get(&uid).map(|worker| worker.function);
        uid != other && of(uid) == of(other) && self.workers.get(&uid).is_some_and(|w| w.held > 0)
    }

    /// Its holder has said that it is to be replaced.
    pub fn worn(&mut self, uid: u64) {
        self.workers.entry(uid).and_modify(|worker| worker.worn = true);
    }

    /// It was told to stop, or killed.
    pub fn told(&mut self, uid: u64) {
        self.workers.entry(uid).and_modify(|worker| worker.told = true);
    }

    /// Its process has ended.
    pub fn exited(&mut self, uid: u64) {
        let now = self.begin.elapsed();
        self.workers.entry(uid).and_modify(|worker| worker.exited = Some(now));
    }

    /// And its schedulerd knows.
    pub fn reaped(&mut self, uid: u64) {
        self.workers.entry(uid).and_modify(|worker| worker.reaped = true);
    }

    /// What is not over.
    pub fn unsettled(&self) -> Option<String> {
        let running = self.workers.iter().find(|(_, worker)| worker.exited.is_none());
        let call = self.calls.keys().next().map(|nonce| format!("call {nonce} has no outcome"));
        call.or_else(|| running.map(|(uid, worker)| format!("worker {uid} runs: {worker:?}")))
    }

    /// How many calls have ended how.
    pub fn outcomes(&self) -> Vec<(String, u64)> {
        self.outcomes.iter().map(|(name, count)| (name.clone(), *count)).collect()
    }
}

/// Whether this is what the worker that began with the call has answered to it, with all that was sent.
fn is_its_own(call: &Call, nonce: u64, body: &str) -> bool {
    let mut words = body.split(' ');
    let of = words.next().and_then(|word| word.parse().ok());
    let read = words.next().and_then(|word| word.parse().ok());
    let all = words.next() == Some("all");
    let complete = !all || read == call.sent;
    of == Some(nonce) && call.answer.as_deref() == Some(body) && complete
}
