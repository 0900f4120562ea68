//! The loop: messages in, code run, messages out, and sleep.

use std::time::{Duration, Instant};

use bunbase_wire::worker::{Chunk, Compile, FromWorker, Invoke, Load, Ready, ToWorker, VERSION};

use rquickjs::Value;

use crate::entry::Entrance;
use crate::inbox::Inbox;
use crate::shared::Stretch;
use crate::sleep::Awaited;
use crate::stop::Stop;
use crate::{load, request};

/// Deadlines beyond this are as good as none, and can be added to any clock.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// Ids are numbers in JavaScript: integers beyond this are not exact there.
const LARGEST_ID: u64 = 1 << 53;

/// What a process is for.
pub enum Task {
    /// To become a function.
    Load(Load),
    /// To compile one.
    Compile(Compile),
}

/// Waits for the message that says what this process is for.
pub fn await_task(inbox: &mut Inbox) -> Result<Task, Stop> {
    loop {
        match inbox.next()? {
            Some(ToWorker::Load(load)) if load.protocol == VERSION => return Ok(Task::Load(load)),
            Some(ToWorker::Compile(compile)) if compile.protocol == VERSION => {
                return Ok(Task::Compile(compile));
            }
            Some(ToWorker::Load(_) | ToWorker::Compile(_)) => {
                return Err(Stop::OutOfOrder("load or compile of another protocol"));
            }
            Some(ToWorker::Invoke(_)) => return Err(Stop::OutOfOrder("invoke before load")),
            Some(ToWorker::Chunk(_)) => return Err(Stop::OutOfOrder("chunk before load")),
            Some(ToWorker::Cancel { .. }) => return Err(Stop::OutOfOrder("cancel before load")),
            Some(ToWorker::Ack { .. }) => return Err(Stop::OutOfOrder("ack before load")),
            Some(ToWorker::Shutdown {}) => return Err(Stop::Finished),
            None if inbox.is_open() => inbox.receive()?,
            None => return Err(Stop::Finished),
        }
    }
}

/// Loads the function and answers its invocations until the worker has a reason to end.
pub fn run(entrance: Entrance<'_>, inbox: Inbox, load: Load) -> Stop {
    let mut worker = Worker { entrance, inbox };
    let Err(stop) = worker.load(load).and_then(|()| worker.serve());
    worker.entrance.shared.abandon_all();
    stop
}

/// Never.
enum Never {}

struct Worker<'js> {
    entrance: Entrance<'js>,
    inbox: Inbox,
}

impl Worker<'_> {
    fn load(&mut self, load: Load) -> Result<(), Stop> {
        load::load(&self.entrance, load)?;
        self.entrance.shared.send(&FromWorker::Ready(Ready { protocol: VERSION, raw: true }));
        Ok(())
    }

    fn serve(&mut self) -> Result<Never, Stop> {
        loop {
            let paused = self.handle_messages()?;
            self.entrance.fire_timers(|origin| self.entrance.shared.stretch_for(origin))?;
            self.expire()?;
            self.entrance.shared.flush()?;
            if paused && !self.is_behind() {
                continue;
            }
            self.finish_if_done(paused)?;
            self.sleep()?;
        }
    }

    /// Handles what has been received. Pauses, and says so, while the host doesn't read the answers, and when more has come
    /// meanwhile.
    fn handle_messages(&mut self) -> Result<bool, Stop> {
        for _ in 0..self.inbox.round() {
            if self.is_behind() {
                break;
            }
            let Some(message) = self.inbox.next()? else { break };
            self.handle(message)?;
        }
        Ok(self.is_behind() || !self.inbox.is_empty())
    }

    fn is_behind(&self) -> bool {
        self.entrance.shared.outbox().is_full()
    }

    fn handle(&mut self, message: ToWorker) -> Result<(), Stop> {
        match message {
            ToWorker::Invoke(invoke) => self.invoke(invoke),
            ToWorker::Chunk(chunk) => self.chunk(&chunk),
            ToWorker::Cancel { id } => self.cancel(id),
            ToWorker::Ack { id, bytes } => self.acknowledge(id, bytes),
            ToWorker::Shutdown {} => {
                self.inbox.close();
                Ok(())
            }
            ToWorker::Load(_) | ToWorker::Compile(_) => Err(Stop::OutOfOrder("a second load")),
        }
    }

    fn invoke(&self, invoke: Invoke) -> Result<(), Stop> {
        let id = invoke.id;
        if self.entrance.shared.invocations().is_empty() {
            self.entrance.shared.memory.forget_peak();
        }
        self.entrance.shared.cpu.forget_background();
        let (now, timeout) =
            (Instant::now(), Duration::from_millis(invoke.timeout_ms).min(LONGEST));
        if id >= LARGEST_ID || !self.entrance.shared.invocations().begin(id, now, timeout) {
            return Err(Stop::OutOfOrder("invoke with an id that is in use or beyond 2^53"));
        }
        let stretch = Stretch { origin: Some(id), deadline: now + timeout };
        self.entrance.enter(stretch, |ctx, glue| {
            let (bytes, headers) = (request::bytes(ctx, &invoke.body)?, request::headers(&invoke));
            let Invoke { request_id, method, url, more, .. } = invoke;
            if more {
                let stream: Value<'_> = glue.begin_upload.call((id, bytes))?;
                return glue.dispatch.call((id, request_id, method, url, headers, (), stream));
            }
            glue.dispatch.call((id, request_id, method, url, headers, bytes))
        })
    }

    /// More of a request's body. One for an invocation that is over has crossed with its answer.
    fn chunk(&self, chunk: &Chunk) -> Result<(), Stop> {
        let shared = &self.entrance.shared;
        if !shared.invocations().is_running(chunk.id) {
            return Ok(());
        }
        shared.invocations().extend(chunk.id, Instant::now());
        self.entrance.enter(shared.stretch_for(Some(chunk.id)), |ctx, glue| {
            glue.chunk.call((chunk.id, request::bytes(ctx, &chunk.body)?, chunk.more))
        })
    }

    /// The host wants no answer any more. One that it has had meanwhile is none of its business.
    fn cancel(&self, id: u64) -> Result<(), Stop> {
        let stretch = self.entrance.shared.stretch_for(Some(id));
        if !self.entrance.shared.invocations().answer(id) {
            return Ok(());
        }
        self.entrance.shared.forget_body(id);
        self.entrance
            .enter(stretch, |_, glue| glue.abort.call((id, "AbortError", "the client has gone")))
    }

    /// The host has passed on so much of an answer's body; what waits for room may have it.
    fn acknowledge(&self, id: u64, bytes: u64) -> Result<(), Stop> {
        let shared = &self.entrance.shared;
        if !shared.acknowledge(id, bytes)? {
            return Ok(());
        }
        self.entrance.enter(shared.stretch_for(Some(id)), |_, glue| glue.drained.call((id,)))
    }

    /// Answers for those whose time is over, and tells their requests.
    fn expire(&self) -> Result<(), Stop> {
        let shared = &self.entrance.shared;
        shared.expire(Instant::now());
        while let Some(id) = shared.next_overdue() {
            self.entrance.enter(shared.stretch_for(Some(id)), |_, glue| {
                glue.abort.call((id, "TimeoutError", "the invocation's time is over"))
            })?;
        }
        Ok(())
    }

    fn finish_if_done(&self, paused: bool) -> Result<(), Stop> {
        let idle = self.entrance.shared.invocations().is_empty() && !paused;
        let done = idle && !self.inbox.is_open();
        if done { Err(Stop::Finished) } else { Ok(()) }
    }

    /// Sleeps until something is to be read, written or fired, and reads what is there. To wait in `read` where there is nothing else to wait for
    /// saves a system call and costs more: the kernel wakes it for room in the socket too.
    fn sleep(&mut self) -> Result<(), Stop> {
        let shared = &self.entrance.shared;
        let reads = self.inbox.is_open() && !self.is_behind();
        let awaited = Awaited { input: reads, output: !shared.outbox().is_empty() };
        let woken = awaited.until(self.next_alarm())?;
        if woken.output_is_closed && !self.inbox.is_open() {
            return Err(Stop::HostGone);
        }
        if woken.input_is_ready { self.inbox.receive() } else { Ok(()) }
    }

    /// When something happens that nobody outside sets off.
    fn next_alarm(&self) -> Option<Instant> {
        let shared = &self.entrance.shared;
        let (timer, deadline) = (shared.timers().next(), shared.invocations().next_deadline());
        timer.into_iter().chain(deadline).min()
    }
}
