//! What Bun does besides when it was granted files. Which they are, is not for these lists to say.

use nix::libc;

use crate::seccomp::policy::{Argument, Call, call};

/// Whatever it is.
const ANY: Argument = Argument::Bits { index: 0, of: 0, set: 0 };

/// What it may call besides when it was granted files.
pub(crate) const READING: &[Call] = &[
    call("statx", libc::SYS_statx, &[], "fs.stat"),
    call("lseek", libc::SYS_lseek, &[], "reading in pieces"),
    #[cfg(target_arch = "x86_64")]
    call("readlink", libc::SYS_readlink, &[], "fs.readlink"),
    #[cfg(target_arch = "x86_64")]
    call("access", libc::SYS_access, &[], "fs.exists"),
    #[cfg(not(target_arch = "x86_64"))]
    call("readlinkat", libc::SYS_readlinkat, &[], "fs.readlink"),
    call("faccessat2", libc::SYS_faccessat2, &[], "fs.access"),
];

/// What it may call besides when it may write some.
pub(crate) const WRITING: &[Call] = &[
    call("openat", libc::SYS_openat, &[ANY], "files to be written"),
    call("pwrite64", libc::SYS_pwrite64, &[], "writing in pieces"),
    call("ftruncate", libc::SYS_ftruncate, &[], "fs.ftruncate"),
    call("truncate", libc::SYS_truncate, &[], "fs.truncate"),
    call("fsync", libc::SYS_fsync, &[], "its data on the disk"),
    call("mkdirat", libc::SYS_mkdirat, &[], "folders, with those above them"),
    call("unlinkat", libc::SYS_unlinkat, &[], "fs.rm"),
    call("renameat", libc::SYS_renameat, &[], "fs.rename"),
    #[cfg(target_arch = "x86_64")]
    call("mkdir", libc::SYS_mkdir, &[], "fs.mkdir"),
    #[cfg(target_arch = "x86_64")]
    call("rmdir", libc::SYS_rmdir, &[], "fs.rmdir"),
    #[cfg(target_arch = "x86_64")]
    call("unlink", libc::SYS_unlink, &[], "fs.unlink"),
    #[cfg(target_arch = "x86_64")]
    call("rename", libc::SYS_rename, &[], "fs.rename"),
];
