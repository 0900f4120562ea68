//! Mounts, and another root. What is mounted is a canary's folder, and unmounted at once.

use std::ffi::CStr;

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts};
use crate::call::{done, number, passed};
use crate::targets::text;

attempts! { "mounts":
    Other {
        mount_memory, mount_processes, bind_root, remount_root, unmount, change_root, exchange_root, clone_tree, configure_file_system,
        move_mount, change_mount, swap_on, swap_off, account_processes,
    }
}

fn mount(t: &Targets, from: &CStr, kind: &CStr, flags: u64) -> Outcome {
    let (at, flags) = (text(&t.room)?, usize::try_from(flags).unwrap_or_default());
    call!(SYS_mount, from.as_ptr(), at.as_ptr(), kind.as_ptr(), flags, 0)?;
    done(call!(SYS_umount2, at.as_ptr(), libc::MNT_DETACH))
}

fn mount_memory(t: &Targets) -> Outcome {
    mount(t, c"x", c"tmpfs", libc::MS_NOSUID | libc::MS_NODEV)
}

fn mount_processes(t: &Targets) -> Outcome {
    mount(t, c"x", c"proc", libc::MS_NOSUID | libc::MS_NODEV)
}

fn bind_root(t: &Targets) -> Outcome {
    mount(t, c"/", c"", libc::MS_BIND)
}

/// A folder that is no mount: whoever may not is told so first.
fn remount_root(t: &Targets) -> Outcome {
    passed(mount(t, c"x", c"", libc::MS_REMOUNT).map(|_| 0), &[libc::EINVAL])
}

fn unmount(t: &Targets) -> Outcome {
    let at = text(&t.room)?;
    passed(call!(SYS_umount2, at.as_ptr(), 0), &[libc::EINVAL])
}

fn change_root(t: &Targets) -> Outcome {
    let at = text(&t.room)?;
    done(call!(SYS_chroot, at.as_ptr()))
}

fn exchange_root(t: &Targets) -> Outcome {
    let at = text(&t.room)?;
    passed(call!(SYS_pivot_root, at.as_ptr(), at.as_ptr()), &[libc::EINVAL, libc::EBUSY])
}

fn clone_tree(t: &Targets) -> Outcome {
    tree(t).map(|fd| format!("a tree, {fd}"))
}

fn tree(t: &Targets) -> std::io::Result<i32> {
    let (from, clone) = (text(&t.folder)?, 1);
    call!(SYS_open_tree, libc::AT_FDCWD, from.as_ptr(), clone).map(number)
}

fn configure_file_system(_: &Targets) -> Outcome {
    done(call!(SYS_fsopen, c"tmpfs".as_ptr(), 0))
}

fn move_mount(t: &Targets) -> Outcome {
    let (fd, at, from_descriptor) = (tree(t)?, text(&t.room)?, 4);
    call!(SYS_move_mount, fd, c"".as_ptr(), libc::AT_FDCWD, at.as_ptr(), from_descriptor)?;
    done(call!(SYS_umount2, at.as_ptr(), libc::MNT_DETACH))
}

fn change_mount(t: &Targets) -> Outcome {
    let (at, no_devices) = (text(&t.room)?, [4_u64, 0, 0, 0]);
    let size = size_of_val(&no_devices);
    let changed =
        call!(SYS_mount_setattr, libc::AT_FDCWD, at.as_ptr(), 0, no_devices.as_ptr(), size);
    passed(changed, &[libc::EINVAL])
}

const NOT_THERE: *const libc::c_char = c"/bunbase-is-not-there".as_ptr();

fn swap_on(_: &Targets) -> Outcome {
    passed(call!(SYS_swapon, NOT_THERE, 0), &[libc::ENOENT])
}

fn swap_off(_: &Targets) -> Outcome {
    passed(call!(SYS_swapoff, NOT_THERE), &[libc::ENOENT])
}

fn account_processes(_: &Targets) -> Outcome {
    passed(call!(SYS_acct, NOT_THERE), &[libc::ENOENT])
}
