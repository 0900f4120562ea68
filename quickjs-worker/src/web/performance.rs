//! The clock since the worker started.

use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rquickjs::function::Func;
use rquickjs::{Object, Result};

use crate::shared::Shared;

/// The moment from which a worker counts.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    date: SystemTime,
    moment: Instant,
}

impl Default for Origin {
    /// Now.
    fn default() -> Self {
        Self { date: SystemTime::now(), moment: Instant::now() }
    }
}

impl Origin {
    fn since_epoch(self) -> Duration {
        self.date.duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// Provides `now`, `timeOrigin`, both in milliseconds.
pub fn provide(native: &Object<'_>, shared: &Rc<Shared>) -> Result<()> {
    let clock = Rc::clone(shared);
    let now = move || clock.origin_of_time.get().moment.elapsed().as_secs_f64() * 1e3;
    native.set("now", Func::from(now))?;
    let clock = Rc::clone(shared);
    let origin = move || clock.origin_of_time.get().since_epoch().as_secs_f64() * 1e3;
    native.set("timeOrigin", Func::from(origin))
}
