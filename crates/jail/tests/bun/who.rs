//! Who starts workers: root, or an ordinary user.

use std::io::Error;

use nix::libc;
use nix::sys::prctl;

use crate::worker::bun;

/// Who starts workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Root,
    Ordinary,
}

/// Debian's nobody.
const NOBODY: libc::uid_t = 65_534;

impl Who {
    /// Its number.
    pub fn uid(self) -> u32 {
        let own = nix::unistd::Uid::effective();
        if self == Self::Ordinary && own.is_root() { NOBODY } else { own.as_raw() }
    }

    /// Both, or whom this process can be; nobody where there is no Bun to be had, which `scripts/bun` lets pass only if told to.
    pub fn all() -> Vec<Self> {
        if bun().as_os_str().is_empty() {
            eprintln!("no Bun here: nothing is tested");
            return Vec::new();
        }
        let is_root = nix::unistd::Uid::effective().is_root();
        if is_root { vec![Self::Root, Self::Ordinary] } else { vec![Self::Ordinary] }
    }

    /// One of them, for what is the same with both.
    pub fn one() -> Option<Self> {
        Self::all().first().copied()
    }

    /// Runs it as that user, in a thread whose user nothing else has.
    pub fn run<T: Send>(self, start: impl FnOnce() -> T + Send) -> T {
        let thread = || {
            if self == Self::Ordinary {
                become_nobody();
            }
            start()
        };
        std::thread::scope(|scope| scope.spawn(thread).join()).expect("no panic")
    }
}

/// This thread alone: the C library's functions would take all others along.
fn become_nobody() {
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    // SAFETY: plain numbers, and a list of no groups.
    let results = unsafe {
        [
            libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<libc::gid_t>()),
            libc::syscall(libc::SYS_setresgid, NOBODY, NOBODY, NOBODY),
            libc::syscall(libc::SYS_setresuid, NOBODY, NOBODY, NOBODY),
        ]
    };
    assert_eq!(results, [0; 3], "{}", Error::last_os_error());
    // Its own files in /proc are its own again.
    prctl::set_dumpable(true).expect("a flag");
}
