//! Namespaces of the workers' own, see namespaces(7): a zygote makes them, its forks inherit them.
//!
//! A user namespace comes first: in it, and only in it, the zygote may make the others, and give its forks users.
//! Who forks gives each worker a process namespace besides.
//!
//! # Layout
//! - [`users`]: which users there are; [`root`]: which files; [`furniture`]: what a program needs among them; [`keys`]: which keys

pub(crate) mod furniture;
mod keys;
pub(crate) mod root;
mod users;

use std::io::Result;

use bunbase_manifest::View;
use nix::sched::{CloneFlags, unshare};

use crate::Uids;
use crate::ids::become_user;

/// Takes the calling process, which must have one thread, into namespaces of its own, as their root.
pub(crate) fn enter(uids: Option<Uids>, view: &View) -> Result<()> {
    users::enter(uids)?;
    if uids.is_some() {
        become_user(0)?;
    }
    unshare(kinds(view))?;
    keys::leave();
    users::forbid_more();
    Ok(())
}

fn kinds(view: &View) -> CloneFlags {
    let kinds = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS;
    // An empty one has a loopback device that is down, and nothing else.
    if view.network { kinds } else { kinds | CloneFlags::CLONE_NEWNET }
}
