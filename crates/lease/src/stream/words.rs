//! What a worker says.

use bunbase_wire::lease::{KillReason, Readiness};
use bunbase_wire::worker::{
    Chunk, Failure as Told, FailureCode, FromWorker, Level, Log, Ready, Response, Used, VERSION,
};
use tokio::time::Instant;

use super::{End, PAUSE, Stream};
use crate::Failure;
use crate::inflight::Misplaced;
use crate::output::{BYTES_A_SECOND, LINES_A_SECOND, Origin};
use crate::probe::last_words;
use crate::transport::Pipe;

impl<P: Pipe> Stream<P> {
    pub(super) fn take(&mut self, message: FromWorker) -> Result<(), End> {
        let late = message.id().is_some_and(|id| id < self.first_id);
        match message {
            FromWorker::Log(log) => {
                self.log(&log);
                Ok(())
            }
            _ if late => Ok(()),
            FromWorker::Ready(ready) => self.ready(&ready),
            FromWorker::Response(response) => self.response(response),
            FromWorker::Chunk(chunk) => self.part(chunk),
            FromWorker::Ack { id, bytes } => {
                let fed = self.inflight.fed(id, bytes);
                fed.map_err(|_| self.nonsense("an ack of nothing, or of more than was sent"))
            }
            FromWorker::Pending { id } => {
                let lingers = self.inflight.lingers(id);
                lingers.map_err(|_| self.nonsense("pending about nothing that was asked"))
            }
            FromWorker::Done { id } => {
                self.inflight.lingering.remove(id);
                Ok(())
            }
            FromWorker::Error(told) => self.failed(&told),
        }
    }

    fn response(&mut self, response: Response) -> Result<(), End> {
        let id = response.id;
        self.report_use(id, response.used.as_ref(), None);
        let answer = match self.terms.limits.output {
            limit if response.body.len() as u64 > limit.get() => {
                self.ended_by_limit += 1;
                Err(Failure::OutputTooLarge { limit })
            }
            _ => Ok(response),
        };
        let answered = self.inflight.answer(id, answer);
        answered.map_err(|_| self.nonsense("an answer to nothing that was asked"))
    }

    fn part(&mut self, chunk: Chunk) -> Result<(), End> {
        let (id, limit) = (chunk.id, self.terms.limits.output);
        self.report_use(id, chunk.used.as_ref(), None);
        match self.inflight.part(chunk, limit.get()) {
            Ok(()) => Ok(()),
            Err(Misplaced::BeyondLimit) => {
                self.ended_by_limit += 1;
                self.break_off(id, &Failure::OutputTooLarge { limit });
                Ok(())
            }
            Err(Misplaced::NotAsked) => {
                Err(self.nonsense("a part of an answer that was not asked for"))
            }
            Err(Misplaced::BeyondWindow) => Err(self.nonsense("more than its window")),
        }
    }

    /// What an invocation has cost, for the log.
    fn report_use(&mut self, id: u64, used: Option<&Used>, failure: Option<&Failure>) {
        // The next invocation may not find what it needs.
        self.worn |= used.is_some_and(|used| used.memory / 7 > self.terms.limits.memory.get() / 8);
        if let (Some(used), Some(request_id)) = (used, self.inflight.request_id(Some(id))) {
            self.origin().log_use(used, request_id, failure);
        }
    }

    fn log(&mut self, log: &Log) {
        let now = Instant::now();
        if self.budget.allows(now) {
            self.report_dropped();
            let bytes = self.origin().log(log, self.inflight.request_id(log.id));
            self.budget.wrote(bytes);
        } else {
            self.pause = Some(now + PAUSE);
        }
    }

    fn ready(&mut self, ready: &Ready) -> Result<(), End> {
        if self.readiness != Readiness::Unread {
            return Err(self.nonsense("a second ready"));
        }
        if ready.protocol != VERSION {
            return Err(
                self.nonsense(&format!("ready for protocol {}, not {VERSION}", ready.protocol))
            );
        }
        self.ending |= self.prober.is_some();
        self.readiness = if ready.raw { Readiness::Raw } else { Readiness::Inline };
        self.terms.ready.set(Some(Instant::now()));
        for pending in std::mem::take(&mut self.early) {
            self.invoke(pending);
        }
        Ok(())
    }

    fn failed(&mut self, told: &Told) -> Result<(), End> {
        let failure = self.failure(told.code);
        let early = self.early.first().map(|pending| pending.invoke.request_id.as_str());
        self.origin().log_failure(told, self.inflight.request_id(told.id).or(early));
        let Some(id) = told.id else {
            self.last_words = self.prober.is_some().then(|| last_words(told));
            return Err(match told.code {
                // Of what was in flight each has had its own word; of what it has not begun with, none.
                code @ (FailureCode::Timeout | FailureCode::CpuTime) if !self.is_loading() => {
                    End::Interrupted(kill_reason(code))
                }
                code => End::Broken(kill_reason(code), failure),
            });
        };
        self.report_use(id, told.used.as_ref(), Some(&failure));
        self.stopping |= told.code == FailureCode::CpuTime;
        let answered = self.inflight.answer(id, Err(failure.clone()));
        answered.map_err(|_| self.nonsense("an error about nothing that was asked"))?;
        match told.code {
            // What filled the heap may still be there: the next one gets a new worker.
            FailureCode::OutOfMemory => {
                Err(End::Broken(KillReason::OutOfMemory, Failure::NeighbourStopped))
            }
            _ => Ok(()),
        }
    }

    fn failure(&self, code: FailureCode) -> Failure {
        let limits = &self.terms.limits;
        match code {
            FailureCode::LoadFailed => Failure::LoadFailed,
            FailureCode::Uncaught => Failure::Uncaught,
            FailureCode::BadResponse => Failure::BadResponse,
            FailureCode::Timeout => Failure::Timeout { limit: limits.timeout },
            FailureCode::OutOfMemory => Failure::OutOfMemory { limit: limits.memory },
            FailureCode::CpuTime => Failure::CpuTime { limit: limits.cpu_time },
            FailureCode::Protocol => Failure::Nonsense,
        }
    }

    /// A line of a log of which enough has been kept.
    pub(super) fn skipped(&mut self) {
        self.budget.skipped();
        self.pause = Some(Instant::now() + PAUSE);
    }

    /// The worker may write no more lines for long.
    pub(super) fn report_dropped_in_time(&mut self) {
        if !self.budget.is_spent() {
            self.report_dropped();
        }
    }

    /// Says how many lines were left out, once there is room for one again.
    pub(super) fn report_dropped(&mut self) {
        if let Some(count) = self.budget.take_dropped() {
            let message = format!(
                "{count} lines were dropped: at most {LINES_A_SECOND} a second, or {} KiB of them, are kept",
                BYTES_A_SECOND >> 10
            );
            let _ = self.origin().log(&Log { id: None, level: Level::Warn, message }, None);
            self.terms.recorder.dropped(&self.terms.function, count);
        }
    }

    fn origin(&self) -> Origin<'_> {
        Origin { terms: &self.terms }
    }

    pub(super) fn nonsense(&self, what: &str) -> End {
        tracing::warn!(
            function = %self.terms.function, worker_id = self.terms.worker, reason = "protocol",
            "the worker wrote {what}"
        );
        End::Broken(KillReason::Protocol, Failure::Nonsense)
    }
}

fn kill_reason(code: FailureCode) -> KillReason {
    match code {
        FailureCode::LoadFailed | FailureCode::Uncaught | FailureCode::BadResponse => {
            KillReason::LoadFailed
        }
        FailureCode::Timeout => KillReason::Timeout,
        FailureCode::OutOfMemory => KillReason::OutOfMemory,
        FailureCode::CpuTime => KillReason::CpuTime,
        FailureCode::Protocol => KillReason::Protocol,
    }
}
