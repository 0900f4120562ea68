//! One call, counted when it is over, however that comes about.

use std::rc::Rc;
use std::time::Duration;

use bunbase_manifest::Name;
use bunbase_wire::lease::Refused;
use bunbase_wire::telemetry::Outcome;
use tokio::time::Instant;

use super::Recorder;
use crate::books::Terms;
use crate::{Body, Failure, Reply};

/// A call under way. Dropped before it is over, nobody waits for it any more.
pub(crate) struct Counting<'a> {
    recorder: &'a Recorder,
    function: &'a Name,
    /// When it came.
    pub begun: Instant,
    /// Of the lease that it runs on, once it has one.
    terms: Option<Rc<Terms>>,
    /// It waits for its worker to load.
    cold: bool,
    over: bool,
}

impl<'a> Counting<'a> {
    pub(crate) fn new(recorder: &'a Recorder, function: &'a Name, begun: Instant) -> Self {
        Self { recorder, function, begun, terms: None, cold: false, over: false }
    }

    /// It runs on this lease.
    pub(crate) fn on(&mut self, terms: &Rc<Terms>) {
        self.cold = terms.ready.get().is_none();
        self.terms = Some(Rc::clone(terms));
    }

    /// It is over, but for an answer whose body is still coming: whoever has that counts it at its end.
    pub(crate) fn answered(mut self, answer: &Result<Reply, Failure>) {
        match answer {
            Ok(Reply { body: Body::Stream(_), .. })
            | Err(Failure::Refused(Refused::NoSuchFunction)) => self.over = true,
            Ok(reply) => {
                let took = reply.timings.queue + reply.timings.run;
                self.count(outcome_of(reply.status), took);
            }
            Err(failure) => self.count(failure.outcome(), self.begun.elapsed()),
        }
    }

    fn count(&mut self, outcome: Outcome, took: Duration) {
        self.over = true;
        match &self.terms {
            Some(terms) => self.recorder.over(terms, outcome, took, self.cold),
            None => self.recorder.over_without_lease(self.function, outcome, took),
        }
    }
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.count(Outcome::Cancelled, self.begun.elapsed());
        }
    }
}

/// A call whose answer is coming.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    begun: Instant,
    cold: bool,
    /// What it is if the answer comes to its end.
    pub whole: Outcome,
}

impl Counted {
    pub(crate) fn new(counting: &Counting<'_>, status: u16) -> Self {
        Self { begun: counting.begun, cold: counting.cold, whole: outcome_of(status) }
    }

    /// It is over.
    pub(crate) fn over(self, terms: &Rc<Terms>, outcome: Outcome) {
        terms.recorder.over(terms, outcome, self.begun.elapsed(), self.cold);
    }
}

/// What an answer with this status is.
fn outcome_of(status: u16) -> Outcome {
    if status < 500 { Outcome::Ok } else { Outcome::ServerError }
}

impl Failure {
    /// What a call that failed so is counted as.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Refused(Refused::QueueFull { .. }) | Self::QueueFull { .. } => Outcome::QueueFull,
            Self::Refused(_) => Outcome::Refused,
            Self::QueueTimeout { .. } => Outcome::QueueTimeout,
            Self::BodyTooLarge { .. } | Self::BodyBrokenOff | Self::HeadTooLarge { .. } => {
                Outcome::BadRequest
            }
            Self::Timeout { .. } => Outcome::Timeout,
            Self::Uncaught => Outcome::Uncaught,
            Self::BadResponse => Outcome::BadResponse,
            Self::LoadFailed => Outcome::LoadFailed,
            Self::OutOfMemory { .. } => Outcome::OutOfMemory,
            Self::CpuTime { .. } => Outcome::CpuTime,
            Self::OutputTooLarge { .. } => Outcome::OutputTooLarge,
            Self::WorkerDied | Self::Nonsense => Outcome::WorkerDied,
            Self::NeighbourStopped => Outcome::NeighbourStopped,
        }
    }
}
