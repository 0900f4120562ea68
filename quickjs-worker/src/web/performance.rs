//! The clock since the worker started.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rquickjs::function::Func;
use rquickjs::{Object, Result};

/// Provides `now`, `timeOrigin`, both in milliseconds.
pub fn provide(native: &Object<'_>) -> Result<()> {
    let (origin, started) = (SystemTime::now(), Instant::now());
    let since_epoch = origin.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1e3;
    native.set("now", Func::from(move || started.elapsed().as_secs_f64() * 1e3))?;
    native.set("timeOrigin", Func::from(move || since_epoch))
}
