//! Only the system calls that a runtime needs, see seccomp(2).
//!
//! # Layout
//! - [`policy`]: how a list is written; [`quickjs`]: the list of the QuickJS worker; [`bun`]: Bun's
//! - [`refusals`]: who makes another call dies, and says which it was

mod bun;
mod policy;
mod quickjs;
mod refusals;

use std::io::{Error, Result};
use std::sync::LazyLock;

use bunbase_manifest::Runtime;
use nix::libc;
use seccompiler::{BpfProgram, apply_filter};

pub use policy::{Argument, Call};
pub use refusals::{REFUSED, report_refusals};

/// Compiled once, in the zygote.
static QUICKJS: LazyLock<BpfProgram> = LazyLock::new(|| policy::compile(quickjs::CALLS));
static BUN: LazyLock<BpfProgram> = LazyLock::new(|| policy::compile(bun::CALLS));

/// The calls that a worker of this runtime may make.
#[must_use]
pub fn calls(runtime: Runtime) -> &'static [Call] {
    match runtime {
        Runtime::Quickjs => quickjs::CALLS,
        Runtime::Bun => bun::CALLS,
    }
}

/// Has the filters ready for the forks to come.
pub(crate) fn prepare() {
    LazyLock::force(&QUICKJS);
}

pub(crate) fn apply(runtime: Runtime) -> Result<()> {
    let program = match runtime {
        Runtime::Quickjs => &QUICKJS,
        Runtime::Bun => &BUN,
    };
    apply_filter(program).map_err(|error| match error {
        seccompiler::Error::Prctl(cause) | seccompiler::Error::Seccomp(cause) => cause,
        _ => Error::from_raw_os_error(libc::EINVAL),
    })
}
