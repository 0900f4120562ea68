//! What Bun, or a function in good faith, tries and is told does not work: an error, where any other call is the worker's end.

use nix::libc;

use crate::seccomp::policy::Answered;

const fn answered(
    name: &'static str,
    number: libc::c_long,
    errno: i32,
    reason: &'static str,
) -> Answered {
    Answered { name, number, errno, reason }
}

/// As if the kernel did not have it.
const fn absent(name: &'static str, number: libc::c_long, reason: &'static str) -> Answered {
    answered(name, number, libc::ENOSYS, reason)
}

/// As if it were for others.
const fn refused(name: &'static str, number: libc::c_long, reason: &'static str) -> Answered {
    answered(name, number, libc::EPERM, reason)
}

/// On every processor.
pub(crate) const ALL: &[Answered] = &[
    // What it does by itself, and does without.
    absent(
        "clone3",
        libc::SYS_clone3,
        "threads: its flags can't be seen from here, those of clone can",
    ),
    absent("rseq", libc::SYS_rseq, "a thread's start, to know its processor"),
    absent(
        "set_robust_list",
        libc::SYS_set_robust_list,
        "a thread's start, for locks between processes",
    ),
    absent(
        "sched_getaffinity",
        libc::SYS_sched_getaffinity,
        "how many processors there are; takes 2 for granted",
    ),
    absent("sysinfo", libc::SYS_sysinfo, "how much memory there is; takes 1.5 GiB for granted"),
    absent(
        "uname",
        libc::SYS_uname,
        "the machine's name, the kernel's version; takes an old one for granted",
    ),
    absent("close_range", libc::SYS_close_range, "its start, to hide descriptors from children"),
    absent("prctl", libc::SYS_prctl, "names of threads and of memory"),
    absent("fcntl", libc::SYS_fcntl, "whether its streams are open"),
    absent("memfd_create", libc::SYS_memfd_create, "large bodies; takes memory instead"),
    absent("statx", libc::SYS_statx, "fs.stat"),
    absent("copy_file_range", libc::SYS_copy_file_range, "fs.copyFile; reads and writes instead"),
    absent("sendfile", libc::SYS_sendfile, "fs.copyFile; reads and writes instead"),
    absent("ioctl", libc::SYS_ioctl, "whether a stream is a terminal"),
    // What a function may try in good faith: it gets an exception.
    refused("clone", libc::SYS_clone, "Bun.spawn, node:child_process"),
    refused("socketpair", libc::SYS_socketpair, "Bun.spawn, node:child_process"),
    refused("pipe2", libc::SYS_pipe2, "Bun.spawn, Bun.$"),
    refused("execve", libc::SYS_execve, "a program instead of this one"),
    refused("socket", libc::SYS_socket, "fetch, Bun.serve, node:net, node:dgram"),
    refused("kill", libc::SYS_kill, "process.kill"),
    refused("openat", libc::SYS_openat, "files to be written"),
    refused("truncate", libc::SYS_truncate, "fs.truncate"),
    refused("ftruncate", libc::SYS_ftruncate, "fs.ftruncate"),
    refused("fsync", libc::SYS_fsync, "fs.fsync"),
    refused("fdatasync", libc::SYS_fdatasync, "fs.fdatasync"),
    refused("pwrite64", libc::SYS_pwrite64, "fs.write"),
    refused("mkdirat", libc::SYS_mkdirat, "fs.mkdir"),
    refused("unlinkat", libc::SYS_unlinkat, "fs.rm"),
    refused("renameat", libc::SYS_renameat, "fs.rename"),
    refused("linkat", libc::SYS_linkat, "fs.link"),
    refused("symlinkat", libc::SYS_symlinkat, "fs.symlink"),
    refused("readlinkat", libc::SYS_readlinkat, "fs.readlink"),
    refused("faccessat2", libc::SYS_faccessat2, "fs.access"),
    refused("fchmod", libc::SYS_fchmod, "fs.fchmod"),
    refused("fchmodat", libc::SYS_fchmodat, "fs.chmod"),
    refused("fchown", libc::SYS_fchown, "fs.fchown"),
    refused("fchownat", libc::SYS_fchownat, "fs.chown"),
    refused("utimensat", libc::SYS_utimensat, "fs.utimes"),
    refused("statfs", libc::SYS_statfs, "fs.statfs"),
    refused("lseek", libc::SYS_lseek, "reading in pieces"),
    refused("inotify_init1", libc::SYS_inotify_init1, "fs.watch"),
    refused("getuid", libc::SYS_getuid, "process.getuid"),
    refused("geteuid", libc::SYS_geteuid, "process.geteuid, os.userInfo"),
    refused("getgid", libc::SYS_getgid, "process.getgid"),
    refused("getegid", libc::SYS_getegid, "process.getegid"),
    refused("getgroups", libc::SYS_getgroups, "process.getgroups"),
    refused("getppid", libc::SYS_getppid, "process.ppid"),
    refused("umask", libc::SYS_umask, "process.umask"),
    refused("chdir", libc::SYS_chdir, "process.chdir"),
    refused("getpriority", libc::SYS_getpriority, "os.getPriority"),
    refused("setpriority", libc::SYS_setpriority, "os.setPriority"),
];

/// Of calls that newer processors never had.
#[cfg(target_arch = "x86_64")]
pub(crate) const OLD: &[Answered] = &[
    answered(
        "open",
        libc::SYS_open,
        libc::ENOENT,
        "its start, for what the machine's pages are like",
    ),
    answered(
        "access",
        libc::SYS_access,
        libc::ENOENT,
        "its start, for memory nodes and libraries to preload",
    ),
    answered("readlink", libc::SYS_readlink, libc::ENOENT, "its start, for which program it is"),
    refused("vfork", libc::SYS_vfork, "Bun.spawn"),
    refused("fork", libc::SYS_fork, "a process"),
    refused("mkdir", libc::SYS_mkdir, "fs.mkdir"),
    refused("rmdir", libc::SYS_rmdir, "fs.rmdir"),
    refused("unlink", libc::SYS_unlink, "fs.unlink"),
    refused("rename", libc::SYS_rename, "fs.rename"),
    refused("link", libc::SYS_link, "fs.link"),
    refused("symlink", libc::SYS_symlink, "fs.symlink"),
    refused("chmod", libc::SYS_chmod, "fs.chmod"),
    refused("chown", libc::SYS_chown, "fs.chown"),
    refused("lchown", libc::SYS_lchown, "fs.lchown"),
    absent("stat", libc::SYS_stat, "fs.stat"),
    absent("lstat", libc::SYS_lstat, "fs.lstat"),
    refused("pipe", libc::SYS_pipe, "Bun.spawn"),
];
#[cfg(not(target_arch = "x86_64"))]
pub(crate) const OLD: &[Answered] = &[];
