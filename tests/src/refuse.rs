//! A kernel that lacks something: system calls that fail, for a program and all that it starts.

use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::libc::c_long;
use nix::sys::prctl;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

/// A system call, and its first argument if only that one is meant.
pub type Refused = (c_long, Option<i32>);

/// A filter by which these calls fail with `errno`, and all others are made.
///
/// # Panics
/// When there is no filter for that.
#[must_use]
pub fn filter(calls: &[Refused], errno: u32) -> BpfProgram {
    let rules =
        calls.iter().map(|(call, first)| (*call, first.map(begins_with).into_iter().collect()));
    let arch = std::env::consts::ARCH.try_into().expect("a processor that seccomp knows");
    let (others, these) = (SeccompAction::Allow, SeccompAction::Errno(errno));
    let filter = SeccompFilter::new(rules.collect(), others, these, arch).expect("a filter");
    filter.try_into().expect("a program")
}

fn begins_with(first: i32) -> SeccompRule {
    let (equal, first) = (SeccompCmpOp::Eq, u64::from(first.cast_unsigned()));
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, equal, first);
    SeccompRule::new(vec![condition.expect("a first argument")]).expect("a rule has conditions")
}

/// Has these calls fail with `errno` in what the command starts.
///
/// # Panics
/// When there is no filter for that.
pub fn refuse(command: &mut Command, calls: &[c_long], errno: u32) {
    let calls: Vec<Refused> = calls.iter().map(|call| (*call, None)).collect();
    let program = filter(&calls, errno);
    let put_on = move || {
        prctl::set_no_new_privs()?;
        apply_filter(&program).map_err(std::io::Error::other)
    };
    // SAFETY: between fork and exec it makes two system calls.
    unsafe { command.pre_exec(put_on) };
}
