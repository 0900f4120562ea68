//! A user and a group of each worker's own, see setresuid(2).
//!
//! Who is not root has only one user: the workers stay that user.

use std::io::Result;

use nix::sys::prctl;
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use serde::{Deserialize, Serialize};

/// The users, and the groups of the same numbers, that workers run as. Nothing else on the machine should have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uids {
    /// The zygotes' own; the workers' follow.
    pub first: u32,
    /// How many there are, the zygotes' included.
    pub count: u32,
}

impl Uids {
    /// How many workers there can be at once.
    #[must_use]
    pub fn places(self) -> u32 {
        self.count.saturating_sub(1)
    }
}

/// Whether this process can give its children other users than its own.
#[must_use]
pub fn can_be_given() -> bool {
    Uid::effective().is_root()
}

/// Becomes this user, and this group alone. Linux capabilities are kept: dropping them is a layer of its own.
pub(crate) fn become_user(id: u32) -> Result<()> {
    prctl::set_keepcaps(true)?;
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
    setgroups(&[])?;
    setresgid(gid, gid, gid)?;
    setresuid(uid, uid, uid)?;
    Ok(())
}
