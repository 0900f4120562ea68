//! Who may call, by SO_PEERCRED: root, the user that ipcd runs as, and the members of the group `bunbase`.

use std::ffi::CString;

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::{Gid, Group, Uid, User, geteuid, getgrouplist};
use tokio::net::UnixStream;

/// The group whose members may do everything.
const GROUP: &str = "bunbase";

/// The other side of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Its user.
    pub uid: Uid,
    gid: Gid,
}

impl Peer {
    /// Who connected.
    pub fn of(stream: &UnixStream) -> nix::Result<Self> {
        let credentials = getsockopt(stream, PeerCredentials)?;
        Ok(Self { uid: Uid::from_raw(credentials.uid()), gid: Gid::from_raw(credentials.gid()) })
    }

    /// Whether it may.
    pub fn may_call(self) -> bool {
        self.uid.is_root() || self.uid == geteuid() || self.is_member()
    }

    /// Membership as the user database has it now; a lookup that fails is a no.
    fn is_member(self) -> bool {
        let Ok(Some(group)) = Group::from_name(GROUP) else { return false };
        if self.gid == group.gid {
            return true;
        }
        let Ok(Some(user)) = User::from_uid(self.uid) else { return false };
        let Ok(name) = CString::new(user.name) else { return false };
        getgrouplist(&name, user.gid).is_ok_and(|groups| groups.contains(&group.gid))
    }
}
