//! Which files there are: none, or those that were granted, see pivot_root(2).

use std::ffi::CString;
use std::fs::{create_dir_all, metadata};
use std::io::{Error, Result};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bunbase_manifest::FileView;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat2};
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{chdir, pivot_root};

/// A folder that every Linux has. What is mounted on it here, nobody else sees.
const PLACE: &str = "/tmp";

const NOTHING: Option<&str> = None;
const SAME: u64 = 0xf;
const PLAIN: MsFlags = MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV).union(MsFlags::MS_NOEXEC);

/// Makes the view's files all that there is, and what `furnish` puts into the root. The caller has a mount namespace of its
/// own.
pub(crate) fn settle(files: &FileView, furnish: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    mount(NOTHING, "/", NOTHING, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NOTHING)?;
    if let FileView::Everything = files {
        return Ok(());
    }
    // They may be where the new root is about to be mounted.
    let opened: Vec<_> = files.paths().map(|(path, _)| open(path)).collect::<Result<_>>()?;
    mount(NOTHING, PLACE, Some("tmpfs"), PLAIN, Some("size=1m,mode=755"))?;
    for ((path, is_written), opened) in files.paths().zip(opened) {
        show(path, is_written, &opened)?;
    }
    furnish(Path::new(PLACE))?;
    mount(NOTHING, PLACE, NOTHING, MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY | PLAIN, NOTHING)?;
    chdir(PLACE)?;
    // The old root comes to lie over the new one, and is taken away.
    pivot_root(".", ".")?;
    umount2(".", MntFlags::MNT_DETACH)?;
    chdir("/")?;
    Ok(())
}

/// That there is no symbolic link in the path was checked when it was granted; it may have become one since, and leads
/// nowhere then.
fn open(path: &Path) -> Result<OwnedFd> {
    let how = OpenHow::new().flags(OFlag::O_PATH | OFlag::O_CLOEXEC);
    Ok(openat2(AT_FDCWD, path, how.resolve(ResolveFlag::RESOLVE_NO_SYMLINKS))?)
}

/// Shows a file or a folder at its own path.
fn show(path: &Path, is_written: bool, opened: &OwnedFd) -> Result<()> {
    let source = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd()));
    let target = target(path);
    if metadata(&source)?.is_dir() {
        create_dir_all(&target)?;
    } else {
        target.parent().map_or(Ok(()), create_dir_all)?;
        std::fs::File::create(&target)?;
    }
    let access = if is_written { MsFlags::empty() } else { MsFlags::MS_RDONLY };
    bind(&source, &target, PLAIN | access)
}

/// Shows what is at one path at another one, which is there; what is mounted below it, too. With these flags, and whatever the
/// machine's own mounts forbid.
pub(super) fn bind(path: &Path, target: &Path, flags: MsFlags) -> Result<()> {
    mount(Some(path), target, NOTHING, MsFlags::MS_BIND | MsFlags::MS_REC, NOTHING)?;
    let target = CString::new(target.as_os_str().as_bytes())?;
    // SAFETY: all zeroes is what the kernel takes for "not asked for" in every field.
    let mut attributes: libc::mount_attr = unsafe { std::mem::zeroed() };
    // The first four flags have the same numbers in both interfaces.
    attributes.attr_set = flags.bits() & SAME;
    let (size, recursive) = (size_of::<libc::mount_attr>(), libc::AT_RECURSIVE);
    // SAFETY: the kernel reads the path and the attributes, which are here.
    let result = unsafe {
        let (number, target) = (libc::SYS_mount_setattr, target.as_ptr());
        libc::syscall(number, libc::AT_FDCWD, target, recursive, &raw const attributes, size)
    };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

fn target(path: &Path) -> PathBuf {
    Path::new(PLACE).join(path.strip_prefix("/").unwrap_or(path))
}
