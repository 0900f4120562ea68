//! Files written, made, moved and removed.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts, nothing};
use crate::call::{done, open_at};
use crate::targets::text;

attempts! { "files, written":
    Other {
        make_file, overwrite_own, truncate_victim, truncate_by_path, remove_victim, rename_victim, exchange_files, make_folder,
        make_symlink, make_fifo, make_socket_node, make_nameless_file, append_to_victim, write_core_pattern, write_oom_score,
        join_cgroup, preallocate_own,
    }
}

fn here(t: &Targets, name: &str) -> std::io::Result<std::ffi::CString> {
    text(&format!("{}/{name}", t.room))
}

fn remove(path: &std::ffi::CStr, flags: i32) {
    // What was made only for the attempt; nobody needs it to be gone.
    let _ = call!(SYS_unlinkat, libc::AT_FDCWD, path.as_ptr(), flags);
}

fn make_file(t: &Targets) -> Outcome {
    let path = format!("{}/made", t.room);
    let fd = open_at(libc::AT_FDCWD, &path, libc::O_WRONLY | libc::O_CREAT)?;
    let written = call!(SYS_write, fd, b"made".as_ptr(), 4);
    remove(&text(&path)?, 0);
    done(written)
}

fn overwrite(path: &str, flags: i32) -> Outcome {
    let fd = open_at(libc::AT_FDCWD, path, libc::O_WRONLY | flags)?;
    done(call!(SYS_write, fd, b"spoilt".as_ptr(), 6))
}

fn overwrite_own(t: &Targets) -> Outcome {
    overwrite(&t.own, 0)
}

fn truncate_victim(t: &Targets) -> Outcome {
    open_at(libc::AT_FDCWD, &t.victim, libc::O_WRONLY | libc::O_TRUNC)?;
    Ok("it is empty".to_owned())
}

fn truncate_by_path(t: &Targets) -> Outcome {
    let path = text(&t.victim)?;
    done(call!(SYS_truncate, path.as_ptr(), 1))
}

fn remove_victim(t: &Targets) -> Outcome {
    let path = text(&t.victim)?;
    done(call!(SYS_unlinkat, libc::AT_FDCWD, path.as_ptr(), 0))
}

fn rename_victim(t: &Targets) -> Outcome {
    let (from, to) = (text(&t.victim)?, here(t, "stolen")?);
    let at = libc::AT_FDCWD;
    let moved = call!(SYS_renameat2, at, from.as_ptr(), at, to.as_ptr(), 0);
    remove(&to, 0);
    done(moved)
}

fn exchange_files(t: &Targets) -> Outcome {
    let (one, other, at) = (text(&t.victim)?, text(&t.own)?, libc::AT_FDCWD);
    let exchange =
        || call!(SYS_renameat2, at, one.as_ptr(), at, other.as_ptr(), libc::RENAME_EXCHANGE);
    exchange()?;
    done(exchange())
}

fn make_folder(t: &Targets) -> Outcome {
    let path = here(t, "folder")?;
    let made = call!(SYS_mkdirat, libc::AT_FDCWD, path.as_ptr(), 0o777);
    remove(&path, libc::AT_REMOVEDIR);
    done(made)
}

fn make_symlink(t: &Targets) -> Outcome {
    let path = here(t, "symlink")?;
    let made = call!(SYS_symlinkat, c"/".as_ptr(), libc::AT_FDCWD, path.as_ptr());
    remove(&path, 0);
    done(made)
}

fn make_node(t: &Targets, kind: u32) -> Outcome {
    let path = here(t, "node")?;
    let made = call!(SYS_mknodat, libc::AT_FDCWD, path.as_ptr(), kind | 0o666, 0);
    remove(&path, 0);
    done(made)
}

fn make_fifo(t: &Targets) -> Outcome {
    make_node(t, libc::S_IFIFO)
}

fn make_socket_node(t: &Targets) -> Outcome {
    make_node(t, libc::S_IFSOCK)
}

fn make_nameless_file(t: &Targets) -> Outcome {
    let fd = open_at(libc::AT_FDCWD, &t.room, libc::O_TMPFILE | libc::O_RDWR)?;
    done(call!(SYS_write, fd, b"hidden".as_ptr(), 6))
}

fn append_to_victim(t: &Targets) -> Outcome {
    overwrite(&t.victim, libc::O_APPEND)
}

/// What the kernel would execute as root when a process crashes. Opened, and not written.
fn write_core_pattern(_: &Targets) -> Outcome {
    open_at(libc::AT_FDCWD, "/proc/sys/kernel/core_pattern", libc::O_WRONLY)?;
    Ok("it could be written".to_owned())
}

fn write_oom_score(_: &Targets) -> Outcome {
    let fd = open_at(libc::AT_FDCWD, "/proc/self/oom_score_adj", libc::O_WRONLY)?;
    done(call!(SYS_write, fd, b"-1".as_ptr(), 2))
}

/// Where its resources would be counted. Opened, and not written.
fn join_cgroup(_: &Targets) -> Outcome {
    let roots = ["/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs"];
    for path in roots {
        if open_at(libc::AT_FDCWD, path, libc::O_WRONLY).is_ok() {
            return Ok("it could leave its group".to_owned());
        }
    }
    nothing("no group can be entered")
}

fn preallocate_own(t: &Targets) -> Outcome {
    let fd = open_at(libc::AT_FDCWD, &t.own, libc::O_WRONLY)?;
    done(call!(SYS_fallocate, fd, 0, 0, 1 << 20))
}
