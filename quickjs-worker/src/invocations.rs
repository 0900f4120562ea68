//! Which invocations are under way, and until when.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Where an invocation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The host waits for an answer.
    Running,
    /// The host has the head of the answer, and waits for its body.
    Streaming,
    /// The host has its answer, or wants none; promises given to `waitUntil` are still pending.
    Answered,
}

#[derive(Debug)]
struct Invocation {
    deadline: Instant,
    timeout: Duration,
    phase: Phase,
    waits: u32,
    /// Nanoseconds of CPU time that it has used.
    cpu: u64,
    /// The host knows that it goes on behind its answer.
    pending: bool,
}

impl Invocation {
    /// Whether the host waits for an answer, or for the rest of it.
    fn is_awaited(&self) -> bool {
        self.phase != Phase::Answered
    }

    fn ended(&self, id: u64) -> Ended {
        Ended { id, awaited: self.is_awaited(), cpu: self.cpu }
    }
}

/// An invocation that has been taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Which.
    pub id: u64,
    /// Whether the host still waits for it.
    pub awaited: bool,
    /// Nanoseconds of CPU time that it has used.
    pub cpu: u64,
}

/// The invocations under way.
#[derive(Debug, Default)]
pub struct Invocations {
    open: BTreeMap<u64, Invocation>,
    /// Over, and the host, which knows that they were pending, has not been told.
    done: Vec<u64>,
}

impl Invocations {
    /// Takes in a new one; `false` if its id is in use.
    pub fn begin(&mut self, id: u64, now: Instant, timeout: Duration) -> bool {
        let deadline = now + timeout;
        let fresh = Invocation {
            deadline,
            timeout,
            phase: Phase::Running,
            waits: 0,
            cpu: 0,
            pending: false,
        };
        self.open.insert(id, fresh).is_none()
    }

    /// Notes that an invocation has its answer; `false` if none is awaited, which is then not to be sent.
    pub fn answer(&mut self, id: u64) -> bool {
        let Some(invocation) = self.open.get_mut(&id) else { return false };
        let awaited = invocation.phase != Phase::Answered;
        invocation.phase = Phase::Answered;
        self.close_if_done(id);
        awaited
    }

    /// Notes that the head of an answer is sent, and its body will follow; `false` if none is awaited.
    pub fn begin_body(&mut self, id: u64) -> bool {
        let running = |i: &&mut Invocation| i.phase == Phase::Running;
        let Some(invocation) = self.open.get_mut(&id).filter(running) else { return false };
        invocation.phase = Phase::Streaming;
        true
    }

    /// It has used so many nanoseconds of CPU time more. False if it is over.
    pub fn charge(&mut self, id: u64, nanoseconds: u64) -> bool {
        let Some(invocation) = self.open.get_mut(&id) else { return false };
        invocation.cpu += nanoseconds;
        true
    }

    /// Nanoseconds of CPU time that it has used; `None` if it is over.
    pub fn cpu(&self, id: u64) -> Option<u64> {
        self.open.get(&id).map(|invocation| invocation.cpu)
    }

    /// A body moves on: from here on the invocation has its time anew, which then bounds each silence.
    pub fn extend(&mut self, id: u64, now: Instant) {
        if let Some(invocation) = self.open.get_mut(&id) {
            invocation.deadline = now + invocation.timeout;
        }
    }

    /// Notes a promise given to `waitUntil`. Whether it is the first one, of which the host is to be told.
    pub fn hold(&mut self, id: u64) -> bool {
        let Some(invocation) = self.open.get_mut(&id) else { return false };
        invocation.waits += 1;
        !std::mem::replace(&mut invocation.pending, true)
    }

    /// Notes that such a promise has settled.
    pub fn release(&mut self, id: u64) {
        if let Some(invocation) = self.open.get_mut(&id) {
            invocation.waits = invocation.waits.saturating_sub(1);
        }
        self.close_if_done(id);
    }

    fn close_if_done(&mut self, id: u64) {
        let done = |i: &Invocation| i.phase == Phase::Answered && i.waits == 0;
        if self.open.get(&id).is_some_and(done) {
            self.remove(id);
        }
    }

    fn remove(&mut self, id: u64) -> Option<Invocation> {
        let invocation = self.open.remove(&id)?;
        if invocation.pending {
            self.done.push(id);
        }
        Some(invocation)
    }

    /// Takes out one that was pending and is over: the host is to be told.
    pub fn next_done(&mut self) -> Option<u64> {
        self.done.pop()
    }

    /// Whether the host waits for this one.
    pub fn is_running(&self, id: u64) -> bool {
        self.open.get(&id).is_some_and(Invocation::is_awaited)
    }

    /// Whether the host waits for this one, or promises given to `waitUntil` are pending.
    pub fn is_open(&self, id: u64) -> bool {
        self.open.contains_key(&id)
    }

    /// The only one that the host waits for, if there is exactly one.
    pub fn only_running(&self) -> Option<u64> {
        let mut running = self.open.iter().filter(|(_, i)| i.is_awaited());
        let first = running.next();
        first.filter(|_| running.next().is_none()).map(|(id, _)| *id)
    }

    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Until when an invocation may run.
    pub fn deadline(&self, id: u64) -> Option<Instant> {
        self.open.get(&id).map(|invocation| invocation.deadline)
    }

    /// The earliest deadline of all.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.open.values().map(|invocation| invocation.deadline).min()
    }

    /// Takes out one whose deadline has passed.
    pub fn expired(&mut self, now: Instant) -> Option<Ended> {
        let id = self.open.iter().find(|(_, i)| i.deadline <= now).map(|(id, _)| *id)?;
        self.remove(id).map(|invocation| invocation.ended(id))
    }

    /// Takes out any.
    pub fn pop(&mut self) -> Option<Ended> {
        self.open.pop_first().map(|(id, invocation)| invocation.ended(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_invocation_is_answered_once() {
        let mut invocations = Invocations::default();
        assert!(invocations.begin(1, Instant::now(), SECOND));
        assert!(invocations.answer(1));
        assert!(!invocations.answer(1));
        assert!(invocations.is_empty());
    }

    #[test]
    fn an_answered_invocation_stays_until_its_promises_have_settled() {
        let mut invocations = Invocations::default();
        invocations.begin(1, Instant::now(), SECOND);
        invocations.hold(1);
        assert!(invocations.answer(1));
        assert!(!invocations.is_running(1) && !invocations.is_empty());
        invocations.release(1);
        assert!(invocations.is_empty());
    }

    #[test]
    fn the_host_is_told_once_of_what_goes_on_and_once_of_its_end() {
        let (now, mut invocations) = (Instant::now(), Invocations::default());
        invocations.begin(1, now, SECOND);
        invocations.begin(2, now, SECOND);
        assert!(invocations.hold(1) && !invocations.hold(1) && !invocations.hold(3));
        invocations.answer(1);
        invocations.answer(2);
        invocations.release(1);
        assert_eq!(invocations.next_done(), None);
        invocations.release(1);
        assert_eq!((invocations.next_done(), invocations.next_done()), (Some(1), None));
    }

    #[test]
    fn what_goes_on_past_its_deadline_is_over() {
        let (now, mut invocations) = (Instant::now(), Invocations::default());
        invocations.begin(1, now, SECOND);
        invocations.hold(1);
        invocations.answer(1);
        let expired = Ended { id: 1, awaited: false, cpu: 0 };
        assert_eq!(invocations.expired(now + SECOND), Some(expired));
        assert_eq!(invocations.next_done(), Some(1));
    }

    #[test]
    fn a_body_that_moves_on_has_its_time_anew() {
        let (now, mut invocations) = (Instant::now(), Invocations::default());
        invocations.begin(1, now, SECOND);
        assert!(invocations.begin_body(1) && !invocations.begin_body(1));
        invocations.extend(1, now + SECOND);
        assert_eq!(invocations.expired(now + SECOND), None);
        invocations.charge(1, 7);
        invocations.charge(2, 1);
        let expired = Ended { id: 1, awaited: true, cpu: 7 };
        assert_eq!(invocations.expired(now + 2 * SECOND), Some(expired));
    }

    #[test]
    fn only_what_is_past_its_deadline_expires() {
        let (now, mut invocations) = (Instant::now(), Invocations::default());
        invocations.begin(1, now, SECOND);
        invocations.begin(2, now, Duration::ZERO);
        assert_eq!(invocations.expired(now), Some(Ended { id: 2, awaited: true, cpu: 0 }));
        assert_eq!(invocations.expired(now), None);
        assert_eq!(invocations.next_deadline(), Some(now + SECOND));
    }

    #[test]
    fn a_log_line_is_attributed_only_when_one_invocation_runs() {
        let (now, mut invocations) = (Instant::now(), Invocations::default());
        invocations.begin(1, now, SECOND);
        assert_eq!(invocations.only_running(), Some(1));
        invocations.begin(2, now, SECOND);
        assert_eq!(invocations.only_running(), None);
    }
}
