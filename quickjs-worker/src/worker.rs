//! The loop: messages in, code run, messages out, and sleep.

use std::io::{stdin, stdout};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use bunbase_wire::worker::{FromWorker, Invoke, Load, Ready, ToWorker, VERSION};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use rquickjs::{Ctx, TypedArray, Value};

use crate::bundle;
use crate::entry::Entrance;
use crate::inbox::Inbox;
use crate::shared::Stretch;
use crate::stop::Stop;

/// Deadlines beyond this are as good as none, and can be added to any clock.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// Ids are numbers in JavaScript: integers beyond this are not exact there.
const LARGEST_ID: u64 = 1 << 53;

/// Waits for the message that says which function this is to be.
pub fn await_load(inbox: &mut Inbox) -> Result<Load, Stop> {
    loop {
        match inbox.next()? {
            Some(ToWorker::Load(load)) if load.protocol == VERSION => return Ok(load),
            Some(ToWorker::Load(_)) => return Err(Stop::OutOfOrder("load of another protocol")),
            Some(ToWorker::Invoke(_)) => return Err(Stop::OutOfOrder("invoke before load")),
            Some(ToWorker::Cancel { .. }) => return Err(Stop::OutOfOrder("cancel before load")),
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
        bundle::load(&self.entrance, load)?;
        self.entrance.shared.send(&FromWorker::Ready(Ready { protocol: VERSION, raw: true }));
        Ok(())
    }

    fn serve(&mut self) -> Result<Never, Stop> {
        loop {
            while let Some(message) = self.inbox.next()? {
                self.handle(message)?;
            }
            fire_timers(&self.entrance)?;
            self.expire()?;
            self.entrance.shared.outbox().flush()?;
            self.finish_if_done()?;
            self.sleep()?;
        }
    }

    fn handle(&mut self, message: ToWorker) -> Result<(), Stop> {
        match message {
            ToWorker::Invoke(invoke) => self.invoke(invoke),
            ToWorker::Cancel { id } => self.cancel(id),
            ToWorker::Shutdown {} => {
                self.inbox.close();
                Ok(())
            }
            ToWorker::Load(_) => Err(Stop::OutOfOrder("a second load")),
        }
    }

    fn invoke(&self, invoke: Invoke) -> Result<(), Stop> {
        let id = invoke.id;
        let deadline = Instant::now() + Duration::from_millis(invoke.timeout_ms).min(LONGEST);
        if id >= LARGEST_ID || !self.entrance.shared.invocations().begin(id, deadline) {
            return Err(Stop::OutOfOrder("invoke with an id that is in use or beyond 2^53"));
        }
        self.entrance.enter(Stretch { origin: Some(id), deadline }, |ctx, glue| {
            let body = body(ctx, &invoke)?;
            let headers = headers(&invoke);
            glue.dispatch.call((id, invoke.request_id, invoke.method, invoke.url, headers, body))
        })
    }

    /// The host wants no answer any more. One that it has had meanwhile is none of its business.
    fn cancel(&self, id: u64) -> Result<(), Stop> {
        let stretch = self.entrance.shared.stretch_for(Some(id));
        if !self.entrance.shared.invocations().answer(id) {
            return Ok(());
        }
        self.entrance.enter(stretch, |_, glue| {
            glue.abort.call((id, "AbortError", "the client has gone"))
        })
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

    fn finish_if_done(&self) -> Result<(), Stop> {
        let done = !self.inbox.is_open() && self.entrance.shared.invocations().is_empty();
        if done { Err(Stop::Finished) } else { Ok(()) }
    }

    /// Sleeps until something is to be read, written or fired, and reads what is there.
    fn sleep(&mut self) -> Result<(), Stop> {
        let (stdin, stdout) = (stdin(), stdout());
        let mut polled = [
            PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
            PollFd::new(stdout.as_fd(), self.awaited_of_stdout()),
        ];
        // Without interest in stdin, only stdout is looked at, and the other way round.
        let range = match (self.inbox.is_open(), self.watches_stdout()) {
            (true, true) => 0..2,
            (true, false) => 0..1,
            (false, _) => 1..2,
        };
        match ppoll(&mut polled[range], self.time_to_sleep(), None) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Stop::Stream(errno.into())),
        }
        let [input, output] = polled.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
        if output.intersects(PollFlags::POLLHUP | PollFlags::POLLERR) && !self.inbox.is_open() {
            return Err(Stop::HostGone);
        }
        if input.is_empty() { Ok(()) } else { self.inbox.receive() }
    }

    fn watches_stdout(&self) -> bool {
        !self.inbox.is_open() || !self.entrance.shared.outbox().is_empty()
    }

    fn awaited_of_stdout(&self) -> PollFlags {
        if self.entrance.shared.outbox().is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT }
    }

    fn time_to_sleep(&self) -> Option<TimeSpec> {
        let shared = &self.entrance.shared;
        let (timer, deadline) = (shared.timers().next(), shared.invocations().next_deadline());
        let next = timer.into_iter().chain(deadline).min()?;
        Some(TimeSpec::from_duration(next.saturating_duration_since(Instant::now())))
    }
}

/// Fires the timers that are due now; those that they set come next time.
pub fn fire_timers(entrance: &Entrance<'_>) -> Result<(), Stop> {
    let shared = &entrance.shared;
    if shared.timers().next().is_none() {
        return Ok(());
    }
    let now = Instant::now();
    loop {
        let Some(timer) = shared.timers().due(now) else { return Ok(()) };
        let stretch = shared.stretch_for(timer.origin);
        entrance.enter(stretch, |_, glue| glue.fire.call((timer.number,)))?;
    }
}

/// Names and values in one string, a line each: taken apart only if somebody asks.
fn headers(invoke: &Invoke) -> String {
    let mut lines = String::with_capacity(invoke.headers.iter().map(|(n, v)| n.len() + v.len() + 2).sum());
    for text in invoke.headers.iter().flat_map(|(name, value)| [name, value]) {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(text);
    }
    lines
}

fn body<'js>(ctx: &Ctx<'js>, invoke: &Invoke) -> rquickjs::Result<Value<'js>> {
    if invoke.body.is_empty() {
        return Ok(Value::new_undefined(ctx.clone()));
    }
    Ok(TypedArray::<u8>::new_copy(ctx.clone(), &invoke.body)?.into_value())
}
