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

use bunbase_manifest::{FileView, Runtime};
use nix::libc;
use nix::sys::prctl;
use seccompiler::{BpfProgram, SeccompAction, sock_filter};

pub use policy::{Answered, Argument, Call};
pub use refusals::{REFUSED, report_refusals};

/// Compiled once, in the zygote.
static QUICKJS: LazyLock<Vec<BpfProgram>> = LazyLock::new(|| {
    let calls = quickjs::CALLS.iter().collect();
    policy::List { calls, answered: Vec::new(), ticket: 0, end: SeccompAction::Trap }.compile()
});

/// The calls that a worker of this runtime may make.
#[must_use]
pub fn calls(runtime: Runtime) -> &'static [Call] {
    match runtime {
        Runtime::Quickjs => quickjs::CALLS,
        Runtime::Bun => bun::CALLS,
    }
}

/// What it may call besides when it sees these files.
#[must_use]
pub fn calls_for_files(runtime: Runtime, files: &FileView) -> Vec<&'static Call> {
    let is_seen = !matches!(files, FileView::Nothing);
    let is_written = files.paths().any(|(_, is_written)| is_written);
    match runtime {
        Runtime::Quickjs => Vec::new(),
        Runtime::Bun => {
            let reading = is_seen.then_some(bun::files::READING).into_iter();
            reading.chain(is_written.then_some(bun::files::WRITING)).flatten().collect()
        }
    }
}

/// The calls that are answered by an error, where others end the worker.
#[must_use]
pub fn answered(runtime: Runtime) -> Vec<&'static Answered> {
    match runtime {
        Runtime::Quickjs => Vec::new(),
        Runtime::Bun => bun::answered::ALL.iter().chain(bun::answered::OLD).collect(),
    }
}

/// Has the filters ready for the forks to come.
pub(crate) fn prepare() {
    LazyLock::force(&QUICKJS);
}

/// For a worker that runs already.
pub(crate) fn apply() -> Result<()> {
    install(&QUICKJS)
}

/// For Bun, which is yet to be executed; `ticket` lets that happen, once.
pub(crate) fn apply_to_bun(files: &FileView, ticket: u64) -> Result<()> {
    install(&bun_filters(files, ticket))
}

fn bun_filters(files: &FileView, ticket: u64) -> Vec<BpfProgram> {
    let more = calls_for_files(Runtime::Bun, files);
    let (calls, answered) = (bun::CALLS.iter().chain(more).collect(), answered(Runtime::Bun));
    // There is no handler of ours in it, and one of its own must not be what a refusal comes to.
    policy::List { calls, answered, ticket, end: SeccompAction::KillProcess }.compile()
}

fn install(filters: &[BpfProgram]) -> Result<()> {
    prctl::set_no_new_privs()?;
    filters.iter().try_for_each(|filter| set_filter(filter))
}

fn set_filter(filter: &[sock_filter]) -> Result<()> {
    let length = libc::c_ushort::try_from(filter.len())
        .map_err(|_| Error::from_raw_os_error(libc::EINVAL))?;
    let program = libc::sock_fprog { len: length, filter: filter.as_ptr().cast_mut().cast() };
    // SAFETY: the kernel copies the program, which lives on after the call; `sock_filter` is the kernel's in both crates.
    let result = unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program)
    };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}
