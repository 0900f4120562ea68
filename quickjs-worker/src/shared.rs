//! What both the loop and the engine's callbacks reach.

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::time::{Duration, Instant};

use bunbase_jail::cpu_time;
use bunbase_manifest::Secrets;
use bunbase_wire::worker::{Chunk, Failure, FailureCode, FromWorker, Level, Log, Response, Used};
use bytes::Bytes;

use crate::bodies::{Bodies, TooMuch};
use crate::cpu::Cpu;
use crate::invocations::{Ended, Invocations};
use crate::memory::Memory;
use crate::node::{Frames, Internals};
use crate::outbox::Outbox;
use crate::redaction::Redaction;
use crate::source_map::Places;
use crate::stop::Stop;
use crate::timers::Timers;
use crate::web::performance::Origin;

/// The longest text of a log line or an error, in bytes.
const LONGEST_TEXT: usize = 8 * 1024;

const CUT: &str = " … (cut)";

/// How long code may run that no invocation is waiting for: the bundle's top level, stray timers.
pub const BACKGROUND: Duration = Duration::from_secs(10);

const OVERDUE: &str = "the handler ran past its deadline";

const COLLATERAL: &str = "the worker was stopped because another invocation ran past its deadline";

/// A stretch of running code: from a call into the engine until its job queue is empty.
///
/// The queue is empty before, so whatever runs was set off by that call, and is on that call's account.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// The invocation that it belongs to, if it belongs to one.
    pub origin: Option<u64>,
    /// When it is interrupted.
    pub deadline: Instant,
}

/// What both the loop and the engine's callbacks reach.
pub struct Shared {
    outbox: RefCell<Outbox>,
    invocations: RefCell<Invocations>,
    timers: RefCell<Timers>,
    overdue: RefCell<Vec<u64>>,
    bodies: RefCell<Bodies>,
    stretch: Cell<Stretch>,
    interrupted: Cell<bool>,
    out_of_cpu: Cell<bool>,
    exhausted: Cell<bool>,
    dropped: Cell<u64>,
    redaction: OnceCell<Redaction>,
    /// The function's memory.
    pub memory: Memory,
    /// Its CPU time.
    pub cpu: Cpu,
    /// The function's places.
    pub places: Places,
    /// Since when the function's clock runs.
    pub origin_of_time: Cell<Origin>,
    /// What the `node:` modules build on.
    pub internals: Internals,
    /// What `node:async_hooks` follows promises with.
    pub frames: Frames,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            outbox: RefCell::default(),
            invocations: RefCell::default(),
            timers: RefCell::default(),
            overdue: RefCell::default(),
            bodies: RefCell::default(),
            stretch: Cell::new(Stretch { origin: None, deadline: Instant::now() + BACKGROUND }),
            interrupted: Cell::new(false),
            out_of_cpu: Cell::new(false),
            exhausted: Cell::new(false),
            dropped: Cell::new(0),
            redaction: OnceCell::new(),
            memory: Memory::default(),
            cpu: Cpu::default(),
            places: Places::default(),
            origin_of_time: Cell::default(),
            internals: Internals::default(),
            frames: Frames::default(),
        }
    }
}

impl Shared {
    /// What is to be written. Not to be kept across a call into the engine.
    pub fn outbox(&self) -> RefMut<'_, Outbox> {
        self.outbox.borrow_mut()
    }

    /// What is under way. Not to be kept across a call into the engine.
    pub fn invocations(&self) -> RefMut<'_, Invocations> {
        self.invocations.borrow_mut()
    }

    /// The timers. Not to be kept across a call into the engine.
    pub fn timers(&self) -> RefMut<'_, Timers> {
        self.timers.borrow_mut()
    }

    /// Says on whose account code runs from now on.
    pub fn begin(&self, stretch: Stretch) {
        self.stretch.set(stretch);
        self.memory.forgive();
        let origin = stretch.origin;
        self.cpu.begin(origin.and_then(|id| Some((id, self.invocations().cpu(id)?))));
    }

    /// Nothing runs any more on that account.
    pub fn end(&self) {
        if !self.cpu.is_fresh() {
            self.charge();
        }
        self.cpu.end();
    }

    /// Puts the CPU time since the last time on the account of what is running.
    fn charge(&self) {
        let spent = self.cpu.spent();
        if !self.origin().is_some_and(|id| self.invocations().charge(id, spent)) {
            self.cpu.charge_background(spent);
        }
    }

    /// On whose account code is running.
    pub fn origin(&self) -> Option<u64> {
        self.stretch.get().origin
    }

    /// Until when code of `origin` that starts now may run.
    pub fn stretch_for(&self, origin: Option<u64>) -> Stretch {
        let own = origin.and_then(|id| self.invocations().deadline(id));
        Stretch { origin, deadline: own.unwrap_or_else(|| Instant::now() + BACKGROUND) }
    }

    /// Whether the engine has been interrupted: nothing may run in it any more.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted.get()
    }

    /// Code that nobody waits for has had no memory: the worker is to end.
    pub fn exhaust(&self) {
        self.exhausted.set(true);
    }

    /// Whether it has.
    pub fn is_exhausted(&self) -> bool {
        self.exhausted.get()
    }

    /// Asked by the engine every few thousand steps: whether to interrupt the code that is running.
    ///
    /// Others whose time is over meanwhile get their error here: the code may run for long.
    pub fn interrupt(&self) -> bool {
        let now = Instant::now();
        self.out_of_cpu.set(cpu_time::is_over());
        if self.out_of_cpu.get() || now >= self.stretch.get().deadline {
            self.interrupted.set(true);
            return true;
        }
        self.expire(now);
        self.outbox().flush_stale(now);
        false
    }

    /// Sends an error for each invocation whose deadline has passed, and notes that it is overdue.
    pub fn expire(&self, now: Instant) {
        loop {
            let Some(ended) = self.invocations().expired(now) else { return };
            self.forget_body(ended.id);
            self.overdue.borrow_mut().push(ended.id);
            self.time_is_over(ended, OVERDUE);
        }
    }

    /// An invocation that has expired and whose request does not know it yet.
    pub fn next_overdue(&self) -> Option<u64> {
        self.overdue.borrow_mut().pop()
    }

    fn time_is_over(&self, ended: Ended, why: &str) {
        if ended.awaited {
            let used = self.used(ended.cpu);
            self.send_failure(ended.id, FailureCode::Timeout, why.to_owned(), None, used);
        }
    }

    /// Why the engine was interrupted.
    pub fn interruption(&self) -> FailureCode {
        if self.out_of_cpu.get() { FailureCode::CpuTime } else { FailureCode::Timeout }
    }

    /// Sends an error for each invocation, because no code can run any more.
    pub fn abandon_all(&self) {
        self.charge();
        if let Some(id) = self.origin().filter(|_| self.out_of_cpu.get()) {
            self.fail(id, FailureCode::CpuTime, self.cpu.describe_limit(), None);
        }
        self.expire(Instant::now());
        loop {
            let Some(ended) = self.invocations().pop() else { return };
            self.time_is_over(ended, COLLATERAL);
        }
    }

    /// What an invocation with so much CPU time has cost.
    fn used(&self, cpu: u64) -> Used {
        Used { cpu_us: cpu / 1_000, memory: self.memory.peak() as u64 }
    }

    /// What an invocation that is still open has cost until now.
    fn used_by(&self, id: u64) -> Used {
        self.charge();
        let cpu = self.invocations().cpu(id);
        self.used(cpu.unwrap_or_default())
    }

    /// Sends the answer of an invocation, with this body, if it is still awaited.
    pub fn respond(&self, response: Response, body: &[u8]) {
        let used = Some(self.used_by(response.id));
        if self.invocations().answer(response.id) {
            self.outbox().push_response(&Response { used, ..response }, body);
        }
    }

    /// Sends the head of an answer, if one is still awaited. Its body follows.
    pub fn respond_head(&self, head: Response) {
        if self.invocations().begin_body(head.id) {
            self.bodies.borrow_mut().begin(head.id);
            self.send(&FromWorker::Response(Response { more: true, ..head }));
        }
    }

    /// Sends more of an answer's body, or keeps it until there is room; whether more is welcome now.
    pub fn respond_chunk(&self, id: u64, bytes: Bytes) -> bool {
        self.invocations().extend(id, Instant::now());
        let mut bodies = self.bodies.borrow_mut();
        bodies.add(id, bytes, |chunk| self.send_chunk(chunk))
    }

    /// An answer's body is whole; its end is sent with what is left of it.
    pub fn respond_end(&self, id: u64) {
        let ended = self.bodies.borrow_mut().end(id, |chunk| self.send_chunk(chunk));
        if ended {
            self.invocations().answer(id);
        }
    }

    /// Notes that the host has passed on so much. Whether the function should be told that there is room.
    pub fn acknowledge(&self, id: u64, bytes: u64) -> Result<bool, Stop> {
        self.invocations().extend(id, Instant::now());
        let mut bodies = self.bodies.borrow_mut();
        let state = bodies.acknowledge(id, bytes, |chunk| self.send_chunk(chunk));
        let progress = state.map_err(|TooMuch| Stop::OutOfOrder("ack of more than was sent"))?;
        if progress.ended {
            self.invocations().answer(id);
        }
        Ok(progress.has_room)
    }

    /// With the last part goes what it has cost.
    fn send_chunk(&self, chunk: Chunk) {
        let used = if chunk.more { None } else { Some(self.used_by(chunk.id)) };
        self.send(&FromWorker::Chunk(Chunk { used, ..chunk }));
    }

    /// Nobody wants the rest of an answer's body.
    pub fn forget_body(&self, id: u64) {
        self.bodies.borrow_mut().forget(id);
    }

    /// The function has read so much of a request's body: the host may send as much again.
    pub fn acknowledge_upload(&self, id: u64, bytes: u64) {
        if self.invocations().is_running(id) {
            self.send(&FromWorker::Ack { id, bytes });
        }
    }

    /// An invocation has given `waitUntil` a promise: the host hears of the first.
    pub fn hold(&self, id: u64) {
        if self.invocations().hold(id) {
            self.send(&FromWorker::Pending { id });
        }
    }

    /// Sends the error of an invocation, if an answer is still awaited.
    pub fn fail(&self, id: u64, code: FailureCode, message: String, stack: Option<String>) {
        let used = self.used_by(id);
        if self.invocations().answer(id) {
            self.forget_body(id);
            self.send_failure(id, code, message, stack, used);
        }
    }

    fn send_failure(
        &self,
        id: u64,
        code: FailureCode,
        message: String,
        stack: Option<String>,
        used: Used,
    ) {
        let (message, stack) = (self.readable(message), stack.map(|stack| self.placed(stack)));
        let used = Some(used);
        self.send(&FromWorker::Error(Failure { id: Some(id), code, message, stack, used }));
    }

    /// Sends why the worker as a whole has failed.
    pub fn send_last(&self, failure: Failure) {
        let message = self.readable(failure.message);
        let stack = failure.stack.map(|stack| self.placed(stack));
        self.send(&FromWorker::Error(Failure { message, stack, ..failure }));
    }

    /// From now on no text that leaves has these in it.
    pub fn keep_secret(&self, secrets: &Secrets) {
        if !secrets.is_empty() {
            // A function is loaded once.
            let _ = self.redaction.set(Redaction::new(secrets));
        }
    }

    /// A text without secrets that is no longer than a log line may be.
    fn readable(&self, text: String) -> String {
        cut(self.redacted(text))
    }

    /// The same, with places in the user's files.
    fn placed(&self, text: String) -> String {
        cut(self.places.in_source(self.redacted(text)))
    }

    fn redacted(&self, text: String) -> String {
        match self.redaction.get() {
            // Places in the source may be shorter.
            Some(redaction) => redaction.redact(text, 2 * LONGEST_TEXT),
            None => text,
        }
    }

    /// Sends a line that the function wrote. Dropped if the host is far behind with reading.
    pub fn log(&self, level: Level, message: String) {
        if self.outbox().is_crowded() {
            self.dropped.set(self.dropped.get() + 1);
            return;
        }
        self.own_up();
        let (id, message) = (self.awaiting_origin(), self.placed(message));
        self.outbox().logged(message.len());
        self.send(&FromWorker::Log(Log { id, level, message }));
    }

    /// Says how many log lines were dropped, if any were.
    fn own_up(&self) {
        let dropped = self.dropped.take();
        if dropped > 0 {
            let message = format!("{dropped} log lines dropped: the host reads too slowly");
            self.send(&FromWorker::Log(Log { id: None, level: Level::Warn, message }));
        }
    }

    /// Writes what can be written without waiting.
    pub fn flush(&self) -> Result<(), Stop> {
        while let Some(id) = self.invocations().next_done() {
            self.send(&FromWorker::Done { id });
        }
        self.outbox().flush()?;
        if !self.outbox().is_crowded() {
            self.own_up();
        }
        Ok(())
    }

    /// The host forgets an id with its answer, or with `done`: log lines of later work have none.
    fn awaiting_origin(&self) -> Option<u64> {
        let invocations = self.invocations();
        match self.origin() {
            Some(id) => Some(id).filter(|id| invocations.is_open(*id)),
            None => invocations.only_running(),
        }
    }

    /// Sends any message.
    pub fn send(&self, message: &FromWorker) {
        self.outbox().push(message);
    }
}

/// A text that is no longer than a log line may be.
fn cut(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT - CUT.len()));
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        let text = cut("ä".repeat(LONGEST_TEXT));
        assert!(text.len() <= LONGEST_TEXT && text.ends_with("ä … (cut)"), "{}", text.len());
    }

    #[test]
    fn a_short_text_is_left_as_it_is() {
        assert_eq!(cut("ä".to_owned()), "ä");
    }
}
