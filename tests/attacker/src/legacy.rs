//! The same by calls that only older architectures have: a filter which forgets one has a hole.

use std::ffi::CStr;

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts};
use crate::call::{done, number, read};
use crate::probe::int80;
use crate::targets::{secret, text};

attempts! { "older calls":
    Secret { old_open, old_stat, old_access, old_readlink, open_by_int80 }
    Process { kill_by_int80 }
    Other {
        old_creat, old_unlink, old_rename, old_mkdir, old_chmod, old_chown, old_utime, old_symlink, old_mknod, old_fork,
    }
}

fn old_open(t: &Targets) -> Outcome {
    let path = text(&t.secret)?;
    secret(&read(number(call!(SYS_open, path.as_ptr(), libc::O_RDONLY)?))?)
}

fn old_stat(t: &Targets) -> Outcome {
    let (path, mut room) = (text(&t.secret)?, [0_u8; 256]);
    done(call!(SYS_stat, path.as_ptr(), room.as_mut_ptr()))
}

fn old_access(t: &Targets) -> Outcome {
    let path = text(&t.secret)?;
    done(call!(SYS_access, path.as_ptr(), libc::F_OK))
}

fn old_readlink(t: &Targets) -> Outcome {
    let (path, mut room) = (text(&format!("/proc/{}/exe", t.process))?, [0_u8; 256]);
    done(call!(SYS_readlink, path.as_ptr(), room.as_mut_ptr(), room.len()))
}

/// A copy at an address that a 32-bit register can hold.
fn low(text: &CStr) -> std::io::Result<usize> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_32BIT;
    let at = call!(SYS_mmap, 0, 4096, libc::PROT_READ | libc::PROT_WRITE, flags, -1_i32, 0)?;
    let bytes = text.to_bytes_with_nul();
    // SAFETY: the kernel has just mapped a page here, which is nobody else's; a path is shorter.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at as *mut u8, bytes.len().min(4096)) };
    Ok(at)
}

/// `open` is 5 there.
fn open_by_int80(t: &Targets) -> Outcome {
    let said = int80(5, [low(&text(&t.secret)?)?, 0, 0, 0, 0, 0])?;
    let fd = said.rsplit(' ').next().and_then(|fd| fd.parse().ok()).unwrap_or(-1);
    secret(&read(fd)?)
}

/// `kill` is 37 there.
fn kill_by_int80(t: &Targets) -> Outcome {
    let process = usize::try_from(t.process).unwrap_or_default();
    int80(37, [process, libc::SIGURG as usize, 0, 0, 0, 0])
}

fn old_creat(t: &Targets) -> Outcome {
    let path = text(&format!("{}/created", t.room))?;
    let made = call!(SYS_creat, path.as_ptr(), 0o600);
    // It is there only if it was made.
    let _ = call!(SYS_unlink, path.as_ptr());
    done(made)
}

fn old_unlink(t: &Targets) -> Outcome {
    let path = text(&t.victim)?;
    done(call!(SYS_unlink, path.as_ptr()))
}

fn old_rename(t: &Targets) -> Outcome {
    let (from, to) = (text(&t.victim)?, text(&format!("{}/victim", t.room))?);
    call!(SYS_rename, from.as_ptr(), to.as_ptr())?;
    done(call!(SYS_unlink, to.as_ptr()))
}

fn old_mkdir(t: &Targets) -> Outcome {
    let path = text(&format!("{}/old", t.room))?;
    call!(SYS_mkdir, path.as_ptr(), 0o700)?;
    done(call!(SYS_rmdir, path.as_ptr()))
}

fn old_chmod(t: &Targets) -> Outcome {
    let path = text(&t.own)?;
    done(call!(SYS_chmod, path.as_ptr(), 0o600))
}

fn old_chown(t: &Targets) -> Outcome {
    let path = text(&t.own)?;
    done(call!(SYS_lchown, path.as_ptr(), -1_i32, -1_i32))
}

fn old_utime(t: &Targets) -> Outcome {
    let path = text(&t.own)?;
    done(call!(SYS_utime, path.as_ptr(), 0))
}

fn old_symlink(t: &Targets) -> Outcome {
    let path = text(&format!("{}/link", t.room))?;
    call!(SYS_symlink, c"/".as_ptr(), path.as_ptr())?;
    done(call!(SYS_unlink, path.as_ptr()))
}

fn old_mknod(t: &Targets) -> Outcome {
    let path = text(&format!("{}/fifo", t.room))?;
    call!(SYS_mknod, path.as_ptr(), libc::S_IFIFO | 0o600, 0)?;
    done(call!(SYS_unlink, path.as_ptr()))
}

fn old_fork(_: &Targets) -> Outcome {
    crate::processes::parent_of(call!(SYS_fork)?)
}
