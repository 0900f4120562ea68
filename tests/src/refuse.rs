//! A kernel that lacks something: system calls that fail, for a program and all that it starts.

use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::libc::c_long;
use nix::sys::prctl;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

/// Has these calls fail with `errno` in what the command starts.
///
/// # Panics
/// When there is no filter for that.
pub fn refuse(command: &mut Command, calls: &[c_long], errno: u32) {
    let rules = calls.iter().map(|call| (*call, Vec::new())).collect();
    let arch = std::env::consts::ARCH.try_into().expect("a processor that seccomp knows");
    let (others, these) = (SeccompAction::Allow, SeccompAction::Errno(errno));
    let filter = SeccompFilter::new(rules, others, these, arch).expect("a filter");
    let program: BpfProgram = filter.try_into().expect("a program");
    let put_on = move || {
        prctl::set_no_new_privs()?;
        apply_filter(&program).map_err(std::io::Error::other)
    };
    // SAFETY: between fork and exec it makes two system calls.
    unsafe { command.pre_exec(put_on) };
}
