//! What became of a test file.

use std::sync::Mutex;
use std::time::Duration;

use bunbase_wire::worker::{FromWorker, Invoke, Response};
use serde::Deserialize;

use crate::case::Case;
use crate::host::{Host, bundle, get, load};

/// What a file may take, in bytes.
const MEMORY: u64 = 512 << 20;

/// How many files run at a time.
const AT_A_TIME: usize = 2;

/// What became of a test file.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// `OK`, or what kept the harness from getting through the file.
    pub harness: String,
    /// What the harness says of it.
    pub message: Option<String>,
    /// In the order in which they were made.
    pub subtests: Vec<Subtest>,
}

/// One of a file's tests.
#[derive(Debug, Clone, Deserialize)]
pub struct Subtest {
    /// What it claims.
    pub name: String,
    /// `PASS`, `FAIL`, `TIMEOUT`, `NOTRUN`, `PRECONDITION_FAILED`
    pub status: String,
    /// Why it failed.
    pub message: Option<String>,
}

/// Runs all cases, in their order.
pub fn run(cases: &[Case]) -> Vec<Outcome> {
    let next = Mutex::new(cases.iter().enumerate());
    let outcomes = Mutex::new(Vec::new());
    let take = || next.lock().expect("no one panics with it").next();
    let work = || {
        while let Some((at, case)) = take() {
            let outcome = Outcome::of(case);
            outcomes.lock().expect("no one panics with it").push((at, outcome));
        }
    };
    std::thread::scope(|scope| {
        (0..AT_A_TIME).for_each(|_| drop(scope.spawn(work)));
    });
    let mut outcomes = outcomes.into_inner().expect("no one panics with it");
    outcomes.sort_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

impl Outcome {
    /// Runs a case in a worker of its own.
    fn of(case: &Case) -> Self {
        let mut host = Host::start(bundle(&case.bundle));
        let patience = Duration::from_millis(case.timeout + 10_000);
        host.stream.set_read_timeout(Some(patience)).expect("a timeout");
        host.send(&load(MEMORY));
        host.invoke(Invoke { timeout_ms: case.timeout + 5_000, ..get(1, "/") });
        loop {
            match host.receive() {
                Some(FromWorker::Ready(_) | FromWorker::Log(_)) => {}
                Some(FromWorker::Response(response)) => return Self::reported(&response),
                Some(FromWorker::Error(failure)) => return Self::broken(&failure.message),
                None => return Self::broken("the worker ended"),
            }
        }
    }

    /// How many subtests passed.
    pub fn passed(&self) -> usize {
        self.subtests.iter().filter(|subtest| subtest.passed()).count()
    }

    fn reported(response: &Response) -> Self {
        serde_json::from_slice(&response.body).expect("the frame's report")
    }

    fn broken(why: &str) -> Self {
        Self { harness: "CRASH".to_owned(), message: Some(why.to_owned()), subtests: Vec::new() }
    }
}

impl Subtest {
    /// Whether it passed.
    pub fn passed(&self) -> bool {
        self.status == "PASS"
    }
}
