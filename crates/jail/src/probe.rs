//! Which layers this machine has: each is put on by a child, which ends with what the kernel said.

use std::io::{Error, Result};

use bunbase_manifest::{Capabilities, Limits, Runtime, View};
use nix::libc;
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Uid, fork};

use crate::rlimits::Rlimits;
use crate::{
    Layer, Uids, capabilities, descriptors, ids, landlock, namespaces, privileges, seccomp,
};

/// What one layer comes to here.
#[derive(Debug)]
pub struct Probe {
    /// Which.
    pub layer: Layer,
    /// How far it goes, or why there is none.
    pub outcome: Result<String>,
}

/// Tries each layer, for workers that run as these users. To be called by processes with a single thread only, before they
/// start children.
#[must_use]
pub fn probe(uids: Option<Uids>) -> Vec<Probe> {
    Layer::ALL.into_iter().map(|layer| Probe { layer, outcome: outcome(layer, uids) }).collect()
}

fn outcome(layer: Layer, uids: Option<Uids>) -> Result<String> {
    in_child(|| put_on(layer, uids)).map(|()| extent(layer, uids))
}

fn in_child(put_on: impl FnOnce() -> Result<()>) -> Result<()> {
    // SAFETY: the caller has one thread, so nobody's lock is held in the copy.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let code = put_on().map_or_else(|error| error.raw_os_error().unwrap_or(1), |()| 0);
            // SAFETY: it does not return, and runs no destructor of what is the other process's.
            unsafe { libc::_exit(code) }
        }
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, 0) => Ok(()),
            WaitStatus::Exited(_, errno) => Err(Error::from_raw_os_error(errno)),
            other => Err(Error::other(format!("its trial ended by {other:?}"))),
        },
    }
}

fn put_on(layer: Layer, uids: Option<Uids>) -> Result<()> {
    match layer {
        Layer::Ids => uids.map_or(Ok(()), |uids| ids::become_user(uids.first + 1)),
        Layer::Rlimits => Rlimits::new(&nothing(), None).apply(),
        Layer::Namespaces => {
            let view = View::default();
            namespaces::enter(uids, &view)?;
            namespaces::root::settle(&view.files, |_| Ok(()))?;
            Ok(unshare(CloneFlags::CLONE_NEWPID)?)
        }
        Layer::Capabilities => {
            capabilities::seal()?;
            capabilities::drop_all()
        }
        Layer::Privileges => privileges::give_up(Runtime::Quickjs),
        Layer::Landlock => landlock::restrict(&View::default(), &[]),
        Layer::Seccomp => seccomp::apply(),
        Layer::Descriptors => descriptors::close_others_at_exec(),
    }
}

/// What a function has that was granted nothing.
fn nothing() -> Capabilities {
    Capabilities { runtime: Runtime::Quickjs, limits: Limits::default(), view: View::default() }
}

/// How far a layer goes that is there.
fn extent(layer: Layer, uids: Option<Uids>) -> String {
    match (layer, uids) {
        (Layer::Ids, Some(Uids { first, count })) => {
            format!("one of the users {} to {} for each worker", first + 1, first + count - 1)
        }
        (Layer::Ids, None) => {
            format!("all workers stay user {}: only root has users to give", Uid::effective())
        }
        (Layer::Landlock, _) => landlock::extent(),
        (Layer::Seccomp, _) => {
            format!("{} system calls for QuickJS", seccomp::calls(Runtime::Quickjs).len())
        }
        _ => String::new(),
    }
}
