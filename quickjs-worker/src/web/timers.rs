//! Setting and clearing of timers.

use std::rc::Rc;
use std::time::{Duration, Instant};

use rquickjs::function::Func;
use rquickjs::{Object, Result};

use crate::shared::Shared;

/// Provides `setTimer`, `clearTimer`.
pub fn provide(native: &Object<'_>, shared: &Rc<Shared>) -> Result<()> {
    let clock = Rc::clone(shared);
    native.set(
        "setTimer",
        Func::from(move |milliseconds: u32, repeats: bool| {
            let after = Duration::from_millis(milliseconds.into());
            clock.timers().set(Instant::now(), after, repeats, clock.origin())
        }),
    )?;
    let clock = Rc::clone(shared);
    native.set("clearTimer", Func::from(move |number: u32| clock.timers().clear(number)))
}
