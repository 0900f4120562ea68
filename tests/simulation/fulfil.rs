//! How an invocation meets its fate.

use std::rc::Rc;
use std::time::Duration;

use bunbase_wire::worker::{Chunk, FailureCode, FromWorker, Level, Log, Response, WINDOW};
use tokio::time::{sleep, timeout};

use crate::fate::Fate;
use crate::pool::OUTPUT;
use crate::sabotage::Sabotage;
use crate::worker::{Running, Worker};

impl Worker {
    /// Does with an invocation what its fate wants.
    pub async fn fulfil(self: Rc<Self>, running: Rc<Running>, fate: Fate) {
        if self.world.dice.chance(100) {
            self.log(running.id);
        }
        sleep(self.time()).await;
        if fate != Fate::AnsweredUnread && !self.read(&running).await {
            return self.fail(&running, FailureCode::Timeout);
        }
        match fate {
            Fate::Answered | Fate::AnsweredUnread | Fate::Computes => self.answer(&running, 0),
            Fate::Streamed | Fate::StreamHangs | Fate::BeyondWindow | Fate::BrokenOff => {
                self.stream(&running, fate).await;
            }
            Fate::Lingers | Fate::LingersForever => self.linger(&running, fate).await,
            Fate::Uncaught => self.fail(&running, FailureCode::Uncaught),
            Fate::BadResponse => self.fail(&running, FailureCode::BadResponse),
            Fate::SaidTimeout => {
                sleep(self.limit.saturating_sub(running.since.get().elapsed())).await;
                self.fail(&running, FailureCode::Timeout);
            }
            Fate::TooLong => self.answer(&running, OUTPUT.as_usize()),
            Fate::Loops | Fate::Hangs => {}
            _ => self.misbehave(&running, fate).await,
        }
    }

    /// How long an answer takes.
    fn time(&self) -> Duration {
        let (often, longest) = if self.world.plan.calm { (20, 300) } else { (100, 2_000) };
        let most = if self.world.dice.chance(often) { longest } else { 30 };
        self.world.dice.ms(0..=most).min(self.limit / 3)
    }

    async fn misbehave(&self, running: &Running, fate: Fate) {
        match fate {
            Fate::AnsweredTwice => {
                self.answer(running, 0);
                self.respond(running.id, "again");
            }
            Fate::AnsweredUnknown => self.respond(running.id + 1_000, "nobody"),
            Fate::Garbage => self.say_bytes(b"{\"type\":\"respon\n".to_vec()),
            Fate::Late => {
                sleep(self.limit + self.world.dice.ms(0..=500)).await;
                self.answer(running, 0);
            }
            Fate::CpuTime => {
                self.fail(running, FailureCode::CpuTime);
                if self.world.dice.chance(700) {
                    self.interrupted(FailureCode::CpuTime).await;
                }
                self.leave();
            }
            Fate::OutOfMemory => self.fail(running, FailureCode::OutOfMemory),
            Fate::Floods => {
                (0..2_000).for_each(|_| self.log(running.id));
                self.answer(running, 0);
            }
            _ => self.leave(),
        }
    }

    /// Waits for the whole of the request. False if that takes too long.
    async fn read(&self, running: &Running) -> bool {
        while !running.whole.get() && !running.cancelled.get() {
            let changed = running.changed.notified();
            if timeout(self.limit, changed).await.is_err() {
                return false;
            }
        }
        true
    }

    fn text(running: &Running) -> String {
        let read = if running.whole.get() { "all" } else { "part" };
        format!("{} {} {read} ", running.nonce, running.received.get())
    }

    /// Whether an answer is still to be given; one that nobody waits for may be, all the same.
    fn is_due(&self, running: &Running) -> bool {
        let unwanted = running.cancelled.get() && self.world.dice.chance(500);
        self.over(running.id) && !unwanted
    }

    fn answer(&self, running: &Running, least: usize) {
        if self.is_due(running) {
            let mut text = Self::text(running);
            let length = least + self.world.dice.count(0..=5_000);
            text.extend(std::iter::repeat_n('.', length));
            self.world.ledger.borrow_mut().answers(running.nonce, &text);
            self.respond(self.addressee(running.id), &text);
        }
    }

    /// Which number an answer bears.
    fn addressee(&self, id: u64) -> u64 {
        let other = self.running.borrow().keys().next().copied();
        other.filter(|_| self.world.sabotaged(Sabotage::Misaddressed)).unwrap_or(id)
    }

    fn respond(&self, id: u64, text: &str) {
        self.say(&head(id, false, text));
    }

    fn fail(&self, running: &Running, code: FailureCode) {
        if self.is_due(running) {
            self.say_failed(Some(running.id), code);
        }
    }

    fn log(&self, id: u64) {
        let message = "a line of a log".to_owned();
        self.say(&FromWorker::Log(Log { id: Some(id), level: Level::Info, message }));
    }

    async fn linger(&self, running: &Running, fate: Fate) {
        let id = running.id;
        if !self.running.borrow().contains_key(&id) || running.cancelled.get() {
            return self.answer(running, 0);
        }
        self.say(&FromWorker::Pending { id });
        self.answer(running, 0);
        sleep(self.world.dice.ms(0..=100)).await;
        if fate == Fate::Lingers {
            self.say(&FromWorker::Done { id });
        }
    }

    /// An answer in parts, no more of them under way than may be.
    async fn stream(&self, running: &Running, fate: Fate) {
        let id = running.id;
        if !self.running.borrow().contains_key(&id) || running.cancelled.get() {
            return self.answer(running, 0);
        }
        let mut text = Self::text(running);
        self.say(&head(id, true, &text));
        let mut sent = 0;
        for _ in 0..self.world.dice.count(0..=8) {
            sleep(self.world.dice.ms(0..=20)).await;
            let part = ".".repeat(self.world.dice.count(1..=40_000));
            while sent + part.len() as u64 > running.acknowledged.get() + WINDOW as u64 {
                running.changed.notified().await;
            }
            if running.cancelled.get() {
                break;
            }
            sent += part.len() as u64;
            self.part(id, true, &part);
            text.push_str(&part);
        }
        match fate {
            Fate::StreamHangs => return,
            Fate::BeyondWindow => return self.part(id, true, &".".repeat(WINDOW + 1)),
            Fate::BrokenOff => return self.fail(running, FailureCode::Uncaught),
            _ => {}
        }
        if self.is_due(running) {
            self.world.ledger.borrow_mut().answers(running.nonce, &text);
            self.part(id, false, "");
        }
    }

    fn part(&self, id: u64, more: bool, text: &str) {
        let body = text.to_owned().into();
        self.say(&FromWorker::Chunk(Chunk { id, more, used: None, body }));
    }
}

fn head(id: u64, more: bool, text: &str) -> FromWorker {
    FromWorker::Response(Response {
        id,
        status: 200,
        headers: Vec::new(),
        more,
        used: None,
        body: text.to_owned().into(),
    })
}
