//! What `process` says of the worker.

use std::ffi::CStr;
use std::rc::Rc;

use rquickjs::function::Func;
use rquickjs::{Object, Result, qjs};

use crate::shared::Shared;

/// Provides `arch`, `version`, `engine`, `memoryUsed`.
pub fn provide(native: &Object<'_>, shared: &Rc<Shared>) -> Result<()> {
    native.set("arch", arch())?;
    native.set("version", env!("CARGO_PKG_VERSION"))?;
    native.set("engine", engine())?;
    let host = Rc::clone(shared);
    native.set("memoryUsed", Func::from(move || host.memory.used() as f64))
}

/// As Node names it.
fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[allow(unsafe_code)]
fn engine() -> String {
    // SAFETY: the engine returns a string constant of its own, which ends with a NUL.
    unsafe { CStr::from_ptr(qjs::JS_GetVersion()) }.to_string_lossy().into_owned()
}
