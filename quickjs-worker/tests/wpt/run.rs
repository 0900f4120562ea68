//! Test files in workers.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use bunbase_wire::worker::{FromWorker, Invoke};

use crate::case::Case;
use crate::host::{Host, bundle, get, load};
use crate::outcome::Outcome;

/// What a file may take, in bytes.
const MEMORY: u64 = 512 << 20;

/// How many files run at a time.
const AT_A_TIME: usize = 2;

/// Does it to all cases, some at a time; the outcomes are in the order of the cases.
pub fn each(cases: &[Case], run: impl Fn(&Case) -> Outcome + Sync) -> Vec<Outcome> {
    let next = Mutex::new(cases.iter().enumerate());
    let take = || next.lock().expect("no one panics with it").next();
    let work =
        || std::iter::from_fn(|| take().map(|(at, case)| (at, run(case)))).collect::<Vec<_>>();
    let mut outcomes = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| thread.join().expect("a file is run"));
        joined.flatten().collect::<Vec<_>>()
    });
    outcomes.sort_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Runs a case in a worker of its own.
pub fn in_worker(case: &Case) -> Outcome {
    let mut host = Host::start(bundle(&case.bundle));
    let patience = Duration::from_millis(case.timeout + 15_000);
    host.stream.set_read_timeout(Some(patience)).expect("a timeout");
    host.send(&load(MEMORY));
    host.invoke(Invoke { timeout_ms: case.timeout + 5_000, ..get(1, "/") });
    loop {
        match host.receive() {
            Some(FromWorker::Response(response)) => return Outcome::reported(&response.body),
            Some(FromWorker::Error(failure)) => return Outcome::broken(&failure.message),
            Some(_) => {}
            None => return Outcome::broken("the worker ended"),
        }
    }
}
