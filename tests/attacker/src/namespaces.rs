//! Namespaces, new ones and others'.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts};
use crate::call::{done, number, open};
use crate::targets::text;

attempts! { "namespaces":
    Other {
        new_network, new_ipc, new_host_name, new_mounts, new_processes, new_cgroups, new_clock, new_users, new_users_then_mount,
        enter_network, enter_mounts, enter_ipc, enter_host_name, enter_by_descriptor, fork_into_new_users,
    }
}

const NEW_TIME: i32 = 0x80;

fn unshare(kinds: i32) -> Outcome {
    done(call!(SYS_unshare, kinds))
}

fn new_network(_: &Targets) -> Outcome {
    unshare(libc::CLONE_NEWNET)
}

fn new_ipc(_: &Targets) -> Outcome {
    unshare(libc::CLONE_NEWIPC)
}

fn new_host_name(_: &Targets) -> Outcome {
    unshare(libc::CLONE_NEWUTS)
}

fn new_mounts(_: &Targets) -> Outcome {
    unshare(libc::CLONE_NEWNS)
}

fn new_processes(_: &Targets) -> Outcome {
    unshare(libc::CLONE_NEWPID)
}

fn new_cgroups(_: &Targets) -> Outcome {
    unshare(libc::CLONE_NEWCGROUP)
}

fn new_clock(_: &Targets) -> Outcome {
    unshare(NEW_TIME)
}

/// In a user namespace one holds all capabilities, over what is in it; and the kernel's bugs are in what they allow.
fn new_users(_: &Targets) -> Outcome {
    unshare(libc::CLONE_NEWUSER)
}

fn new_users_then_mount(t: &Targets) -> Outcome {
    call!(SYS_unshare, libc::CLONE_NEWUSER | libc::CLONE_NEWNS)?;
    let at = text(&t.room)?;
    done(call!(SYS_mount, c"x".as_ptr(), at.as_ptr(), c"tmpfs".as_ptr(), 0, 0))
}

fn fork_into_new_users(_: &Targets) -> Outcome {
    let flags = libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::SIGCHLD;
    crate::processes::parent_of(call!(SYS_clone, flags, 0, 0, 0, 0)?)
}

fn enter(t: &Targets, which: &str, kind: i32) -> Outcome {
    let fd = open(&format!("/proc/{}/ns/{which}", t.process))?;
    done(call!(SYS_setns, fd, kind))
}

fn enter_network(t: &Targets) -> Outcome {
    enter(t, "net", libc::CLONE_NEWNET)
}

fn enter_mounts(t: &Targets) -> Outcome {
    enter(t, "mnt", libc::CLONE_NEWNS)
}

fn enter_ipc(t: &Targets) -> Outcome {
    enter(t, "ipc", libc::CLONE_NEWIPC)
}

fn enter_host_name(t: &Targets) -> Outcome {
    enter(t, "uts", libc::CLONE_NEWUTS)
}

fn enter_by_descriptor(t: &Targets) -> Outcome {
    let fd = number(call!(SYS_pidfd_open, t.process, 0)?);
    done(call!(SYS_setns, fd, libc::CLONE_NEWNET | libc::CLONE_NEWNS))
}
