//! Which users a namespace has, see user_namespaces(7).

use std::fs;
use std::io::{Error, Read, Result, Write, pipe};

use nix::libc;
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Gid, Pid, Uid, fork, getpid};

use crate::Uids;

/// Enters a user namespace whose root is the first of these users and whose others follow; or, without any, one that has
/// nobody but the present user, as its root.
pub(super) fn enter(uids: Option<Uids>) -> Result<()> {
    match uids {
        Some(uids) => enter_with_range(uids),
        None => enter_alone(),
    }
}

fn enter_alone() -> Result<()> {
    let (uid, gid) = (Uid::effective(), Gid::effective());
    unshare(CloneFlags::CLONE_NEWUSER)?;
    // Without this, one could leave groups that are there to keep somebody out.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("0 {gid} 1"))
}

/// A range is written by who has the right to give users away, which the one who has entered has no more: by a
/// helper that stays behind.
fn enter_with_range(uids: Uids) -> Result<()> {
    let (mut waits, mut says) = pipe()?;
    let entering = getpid();
    // SAFETY: the caller has one thread, so nobody's lock is held in the copy.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(says);
            let written = waits.read_exact(&mut [0]).and_then(|()| map(entering, uids));
            let code = written.map_or_else(|error| error.raw_os_error().unwrap_or(1), |()| 0);
            // SAFETY: it does not return, and runs no destructor of what is the other process's.
            unsafe { libc::_exit(code) }
        }
        ForkResult::Parent { child } => {
            drop(waits);
            let entered = unshare(CloneFlags::CLONE_NEWUSER).map_err(Error::from);
            // Not having been told, the helper ends.
            let told = entered.and_then(|()| says.write_all(&[0]));
            drop(says);
            let written = outcome(child);
            told.and(written)
        }
    }
}

fn map(process: Pid, Uids { first, count }: Uids) -> Result<()> {
    for kind in ["uid", "gid"] {
        fs::write(format!("/proc/{process}/{kind}_map"), format!("0 {first} {count}"))?;
    }
    Ok(())
}

fn outcome(helper: Pid) -> Result<()> {
    match waitpid(helper, None)? {
        WaitStatus::Exited(_, 0) => Ok(()),
        WaitStatus::Exited(_, errno) => Err(Error::from_raw_os_error(errno)),
        _ => Err(Error::from_raw_os_error(libc::ECHILD)),
    }
}

/// In this namespace nobody makes another: as its root he would have all capabilities in it, and so more of the kernel to attack.
///
/// Where /proc/sys can't be written, as under a unit that protects it, the filter alone keeps them from it.
pub(super) fn forbid_more() {
    let _ = fs::write("/proc/sys/user/max_user_namespaces", "0");
}
