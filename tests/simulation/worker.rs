//! A worker's process: it speaks the real protocol, and does with each invocation what its fate wants.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use bunbase_wire::worker::{
    Decoder, Failure, FailureCode, FromWorker, Invoke, Limits, Ready, ToWorker, VERSION, encode,
};
use tokio::sync::{Notify, mpsc};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep, timeout};

use crate::fate::Fate;
use crate::pipe::End;
use crate::process::until_killed;
use crate::world::World;

/// Longer than a holder waits until a worker has loaded.
const LOADS_FOR_EVER: Duration = Duration::from_secs(20);

/// What a worker runs.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Which of the world's functions.
    pub function: usize,
    /// At which revision.
    pub revision: u64,
}

/// An invocation that it has begun.
pub struct Running {
    /// Its number on the stream.
    pub id: u64,
    /// The call.
    pub nonce: u64,
    /// Since when its time runs.
    pub since: Cell<Instant>,
    /// Bytes of its body that were read.
    pub received: Cell<usize>,
    /// Whether those were all.
    pub whole: Cell<bool>,
    /// Bytes of the answer that were acknowledged.
    pub acknowledged: Cell<u64>,
    /// Nobody waits for it any more.
    pub cancelled: Cell<bool>,
    /// One of these has changed.
    pub changed: Notify,
}

/// The process.
pub struct Worker {
    /// Where it lives.
    pub world: Rc<World>,
    /// Its number there.
    pub uid: u64,
    /// The function's deadline.
    pub limit: Duration,
    /// What it has begun and not answered.
    pub running: RefCell<BTreeMap<u64, Rc<Running>>>,
    end: End,
    words: mpsc::UnboundedSender<Vec<u8>>,
    /// It begins nothing more.
    stopping: Cell<bool>,
    unsaid: Cell<usize>,
    said: Notify,
    leave: Notify,
    idle: Notify,
}

/// A worker's life, until it ends by itself or is killed.
pub async fn live(world: Rc<World>, uid: u64, spec: Spec, end: End, kill: Rc<Notify>) {
    let limit = Duration::from_millis(world.plan.functions[spec.function].timeout);
    let (words, unsaid) = mpsc::unbounded_channel();
    let worker = Rc::new(Worker {
        world: Rc::clone(&world),
        uid,
        limit,
        running: RefCell::default(),
        end,
        words,
        stopping: Cell::new(false),
        unsaid: Cell::new(0),
        said: Notify::new(),
        leave: Notify::new(),
        idle: Notify::new(),
    });
    until_killed(worker.run(unsaid), &kill).await;
    world.note(format!("worker {uid} has ended"));
    world.ledger.borrow_mut().exited(uid);
}

impl Worker {
    async fn run(self: Rc<Self>, unsaid: mpsc::UnboundedReceiver<Vec<u8>>) {
        spawn_local(Rc::clone(&self).write(unsaid));
        tokio::select! {
            biased;
            () = self.leave.notified() => {}
            () = Rc::clone(&self).serve() => {}
        }
    }

    async fn write(self: Rc<Self>, mut unsaid: mpsc::UnboundedReceiver<Vec<u8>>) {
        while let Some(bytes) = unsaid.recv().await {
            self.end.write_all(&bytes).await;
            self.unsaid.set(self.unsaid.get() - 1);
            self.said.notify_waiters();
        }
    }

    async fn serve(self: Rc<Self>) {
        if !self.load().await {
            return;
        }
        let mut decoder = Decoder::new(Limits::default());
        while let Some(message) = self.next(&mut decoder).await {
            if self.stopping.get() {
                return pending().await;
            }
            match message {
                ToWorker::Invoke(invoke) => self.begin(&invoke).await,
                ToWorker::Chunk(chunk) => self.feed(chunk.id, chunk.body.len(), !chunk.more),
                ToWorker::Cancel { id } => self.with(id, |running| running.cancelled.set(true)),
                ToWorker::Ack { id, bytes } => self.with(id, |running| {
                    running.acknowledged.set(running.acknowledged.get() + bytes);
                }),
                other => self.world.broken(format!("a holder said {other:?}")),
            }
        }
        self.finish().await;
    }

    /// Becomes its function, or does not.
    async fn load(&self) -> bool {
        if self.world.dice.chance(self.world.plan.faults.load) {
            self.world.ledger.borrow_mut().harms(self.uid);
            match self.world.dice.between(0..=2) {
                0 => return false,
                1 => {
                    self.say_failed(None, FailureCode::LoadFailed);
                    self.all_said().await;
                    return false;
                }
                _ => sleep(LOADS_FOR_EVER).await,
            }
        }
        // Now and then longer than an invocation may take.
        let longest = if self.world.dice.chance(100) { 600 } else { 30 };
        sleep(self.world.dice.ms(0..=longest)).await;
        self.say(&FromWorker::Ready(Ready { protocol: VERSION, raw: self.world.dice.chance(700) }));
        true
    }

    async fn next(&self, decoder: &mut Decoder<ToWorker>) -> Option<ToWorker> {
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => return Some(message),
                Ok(None) => {}
                Err(error) => {
                    self.world.broken(format!("a holder wrote no message: {error}"));
                    return None;
                }
            }
            self.end.readable().await;
            decoder.buffer().reserve(8 << 10);
            match self.end.try_read(decoder.buffer()) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
        }
    }

    async fn begin(self: &Rc<Self>, invoke: &Invoke) {
        let nonce = invoke.url.rsplit('/').next().and_then(|nonce| nonce.parse().ok()).unwrap();
        let fate = Fate::draw(&self.world);
        self.world.note(format!("worker {} begins with {nonce}: {fate:?}", self.uid));
        let found = self.world.ledger.borrow_mut().begins(nonce, self.uid, fate);
        self.world.check(found);
        if fate.is_harmful() {
            self.world.ledger.borrow_mut().harms(self.uid);
        }
        let running = Rc::new(Running {
            id: invoke.id,
            nonce,
            since: Cell::new(Instant::now()),
            received: Cell::new(invoke.body.len()),
            whole: Cell::new(!invoke.more),
            acknowledged: Cell::new(0),
            cancelled: Cell::new(false),
            changed: Notify::new(),
        });
        self.running.borrow_mut().insert(invoke.id, Rc::clone(&running));
        match fate {
            Fate::Computes => sleep(self.world.dice.ms(0..=200).min(self.limit)).await,
            Fate::Loops => return self.loops().await,
            _ => {}
        }
        spawn_local(Rc::clone(self).fulfil(running, fate));
    }

    /// Code that does not end is interrupted, and the worker with it. Nothing is read meanwhile.
    async fn loops(&self) {
        sleep(self.limit).await;
        self.interrupted(FailureCode::Timeout).await;
    }

    /// Says of all that has begun that its time is over, then that the worker is.
    pub async fn interrupted(&self, code: FailureCode) {
        self.stopping.set(true);
        let begun: Vec<u64> = self.running.borrow().keys().copied().collect();
        for id in begun {
            if self.over(id) {
                self.say_failed(Some(id), FailureCode::Timeout);
            }
        }
        self.say_failed(None, code);
        self.all_said().await;
        self.leave();
    }

    fn with(&self, id: u64, change: impl FnOnce(&Running)) {
        let running = self.running.borrow().get(&id).cloned();
        if let Some(running) = running {
            change(&running);
            running.changed.notify_waiters();
        }
    }

    fn feed(&self, id: u64, bytes: usize, whole: bool) {
        self.with(id, |running| {
            running.received.set(running.received.get() + bytes);
            running.whole.set(whole);
            running.since.set(Instant::now());
        });
        if bytes > 0 && self.running.borrow().contains_key(&id) {
            self.say(&FromWorker::Ack { id, bytes: bytes as u64 });
        }
    }

    /// The host has closed the stream: what is in flight is finished.
    async fn finish(&self) {
        if self.world.dice.chance(self.world.plan.faults.stubborn) {
            return pending().await;
        }
        let finished = async {
            while !self.running.borrow().is_empty() {
                self.idle.notified().await;
            }
        };
        // What has not ended by then has passed its deadline.
        let _ = timeout(2 * self.limit, finished).await;
    }

    /// An invocation is over. False if it was before.
    pub fn over(&self, id: u64) -> bool {
        let was = self.running.borrow_mut().remove(&id).is_some();
        self.idle.notify_one();
        was
    }

    /// Says something.
    pub fn say(&self, message: &FromWorker) {
        let mut bytes = Vec::new();
        encode(message, true, &mut bytes);
        self.say_bytes(bytes);
    }

    /// Says something that may be no message.
    pub fn say_bytes(&self, bytes: Vec<u8>) {
        self.unsaid.set(self.unsaid.get() + 1);
        // The writer ends with the worker.
        let _ = self.words.send(bytes);
    }

    /// Says that an invocation has failed, or the worker.
    pub fn say_failed(&self, id: Option<u64>, code: FailureCode) {
        let message = String::new();
        self.say(&FromWorker::Error(Failure { id, code, message, stack: None, used: None }));
    }

    /// Waits until everything said is on its way.
    pub async fn all_said(&self) {
        while self.unsaid.get() > 0 {
            self.said.notified().await;
        }
    }

    /// Ends the process.
    pub fn leave(&self) {
        self.leave.notify_one();
    }
}
