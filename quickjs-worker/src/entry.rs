//! Every call into the engine, and what the call left behind.

use std::rc::Rc;
use std::time::Instant;

use bunbase_wire::worker::{FailureCode, Level};
use rquickjs::{Array, Ctx, Object, Result, Value};

use crate::glue::Glue;
use crate::rejections::{Rejection, Rejections};
use crate::shared::{Shared, Stretch};
use crate::stop::Stop;

/// The one way into the engine.
pub struct Entrance<'js> {
    ctx: Ctx<'js>,
    glue: Glue<'js>,
    /// What the loop and the callbacks share.
    pub shared: Rc<Shared>,
    rejections: Rc<Rejections>,
}

impl<'js> Entrance<'js> {
    /// The way into this context.
    pub fn new(
        ctx: Ctx<'js>,
        web: &Object<'js>,
        shared: Rc<Shared>,
        rejections: Rc<Rejections>,
    ) -> Result<Self> {
        Ok(Self { ctx, glue: Glue::of(web)?, shared, rejections })
    }

    /// Runs `call` and whatever it sets off. What it throws is the failure of the invocation that the
    /// stretch belongs to, or else logged.
    ///
    /// # Errors
    /// [`Stop::Interrupted`]: the engine is not to be entered again.
    pub fn enter(
        &self,
        stretch: Stretch,
        call: impl FnOnce(&Ctx<'js>, &Glue<'js>) -> Result<()>,
    ) -> std::result::Result<(), Stop> {
        self.shared.begin(stretch);
        if let Err(error) = call(&self.ctx, &self.glue) {
            self.caught(stretch.origin, error)?;
        }
        self.drain()?;
        self.collect_if_tight();
        self.shared.end();
        Ok(())
    }

    /// Runs `call` alone, and hands out what it throws as message and stack.
    ///
    /// # Errors
    /// [`Stop::Interrupted`]: the engine is not to be entered again.
    pub fn attempt<R>(
        &self,
        call: impl FnOnce(&Ctx<'js>, &Glue<'js>) -> Result<R>,
    ) -> std::result::Result<std::result::Result<R, Thrown>, Stop> {
        let result = call(&self.ctx, &self.glue).map_err(|error| self.describe(error));
        self.check()?;
        Ok(result)
    }

    /// Runs the job queue until it is empty, then reports the rejections that are still unhandled.
    pub fn drain(&self) -> std::result::Result<(), Stop> {
        loop {
            while self.shared.frames.run_job(&self.ctx) {
                self.check()?;
            }
            self.check()?;
            let Some((unhandled, late)) = self.rejections.take(&self.ctx) else { return Ok(()) };
            unhandled.into_iter().try_for_each(|rejection| self.report_rejection(&rejection))?;
            late.into_iter().try_for_each(|rejection| self.tell_of_late_handling(&rejection))?;
        }
    }

    /// Fires the timers that are due now; those that they set come next time.
    pub fn fire_timers(
        &self,
        stretch: impl Fn(Option<u64>) -> Stretch,
    ) -> std::result::Result<(), Stop> {
        if self.shared.timers().next().is_none() {
            return Ok(());
        }
        let now = Instant::now();
        loop {
            let Some(timer) = self.shared.timers().due(now) else { return Ok(()) };
            self.enter(stretch(timer.origin), |_, glue| glue.fire.call((timer.number,)))?;
        }
    }

    fn collect_if_tight(&self) {
        if self.shared.memory.is_tight() {
            self.ctx.run_gc();
            self.shared.memory.collected();
        }
    }

    fn check(&self) -> std::result::Result<(), Stop> {
        if self.shared.was_interrupted() {
            return Err(Stop::Interrupted);
        }
        if self.shared.is_exhausted() { Err(Stop::OutOfMemory) } else { Ok(()) }
    }

    /// The glue catches what handlers throw; what arrives here is mostly lack of memory in the glue itself.
    fn caught(&self, origin: Option<u64>, error: rquickjs::Error) -> std::result::Result<(), Stop> {
        let reason = self.value_of(error);
        self.check()?;
        let Some(id) = origin.filter(|id| self.shared.invocations().is_running(*id)) else {
            return self.report(reason);
        };
        if self.glue.fail.call::<_, ()>((id, reason)).is_err() {
            let limit = self.shared.memory.describe_limit();
            self.shared.fail(id, FailureCode::OutOfMemory, limit, None);
        }
        self.check()
    }

    fn report_rejection(&self, rejection: &Rejection<'js>) -> std::result::Result<(), Stop> {
        let arguments = (rejection.promise.clone(), rejection.reason.clone());
        match self.glue.report_rejection.call::<_, bool>(arguments) {
            Ok(true) => self.rejections.remember(&self.ctx, rejection),
            Ok(false) => {}
            Err(_) => self.log_indescribable(),
        }
        self.check()
    }

    fn tell_of_late_handling(&self, rejection: &Rejection<'js>) -> std::result::Result<(), Stop> {
        let arguments = (rejection.promise.clone(), rejection.reason.clone());
        if self.glue.handled_late.call::<_, ()>(arguments).is_err() {
            self.log_indescribable();
        }
        self.check()
    }

    fn report(&self, reason: Value<'js>) -> std::result::Result<(), Stop> {
        if self.glue.report.call::<_, ()>((reason,)).is_err() {
            self.log_indescribable();
        }
        self.check()
    }

    fn log_indescribable(&self) {
        let message = "uncaught: an error that could not be described".to_owned();
        self.shared.log(Level::Error, message);
    }

    fn value_of(&self, error: rquickjs::Error) -> Value<'js> {
        if !matches!(error, rquickjs::Error::Exception) {
            // Turns an error of the binding into the JavaScript error that a native would have thrown.
            let message = error.to_string();
            rquickjs::Exception::throw_message(&self.ctx, &message);
        }
        self.ctx.catch()
    }

    fn describe(&self, error: rquickjs::Error) -> Thrown {
        let reason = self.value_of(error);
        let described =
            self.glue.describe.call::<_, Array<'js>>((reason,)).and_then(Thrown::from_pair);
        described.unwrap_or_else(|_| Thrown::unspeakable())
    }
}

/// What was thrown, in words.
#[derive(Debug)]
pub struct Thrown {
    /// Name and message.
    pub message: String,
    /// Where it came from.
    pub stack: Option<String>,
}

impl Thrown {
    fn from_pair(pair: Array<'_>) -> Result<Self> {
        Ok(Self { message: pair.get(0)?, stack: pair.get(1)? })
    }

    fn unspeakable() -> Self {
        Self { message: "an error that could not be described".to_owned(), stack: None }
    }
}
