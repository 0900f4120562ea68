//! Log lines, and what else an error's report needs to know.

use std::rc::Rc;

use bunbase_wire::worker::Level;
use rquickjs::function::Func;
use rquickjs::{Object, Result};

use crate::shared::Shared;

/// Provides `log`, `origin`, `isOpen`.
pub fn provide(native: &Object<'_>, shared: &Rc<Shared>) -> Result<()> {
    let host = Rc::clone(shared);
    native.set("origin", Func::from(move || host.origin()))?;
    let host = Rc::clone(shared);
    native.set("isOpen", Func::from(move |id| host.invocations().is_open(id)))?;
    let host = Rc::clone(shared);
    native
        .set("log", Func::from(move |level: String, text: String| host.log(level_of(&level), text)))
}

fn level_of(level: &str) -> Level {
    match level {
        "debug" => Level::Debug,
        "warn" => Level::Warn,
        "error" => Level::Error,
        _ => Level::Info,
    }
}
