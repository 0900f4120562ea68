//! What a program that is executed in an empty root has to find there.

use std::fs::{File, create_dir_all, write};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use nix::mount::MsFlags;

use super::root::bind;
use crate::landlock::Use;

/// Where its script is.
pub(crate) const SCRIPT: &str = "/worker.js";

/// Where it is told of its own memory: the C library looks for its stack there, the collector for its size,
/// process.memoryUsage for that of all. They are this process's, and no other's: there is no /proc around them.
const MEMORY: [&str; 3] = ["/proc/self/maps", "/proc/self/statm", "/proc/self/stat"];

#[cfg(target_arch = "x86_64")]
const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
#[cfg(target_arch = "aarch64")]
const LOADER: &str = "/lib/ld-linux-aarch64.so.1";

/// All that Bun is linked with.
const LIBRARIES: [&str; 4] = ["libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2"];

/// Where distributions have them.
#[cfg(target_arch = "x86_64")]
const FOLDERS: [&str; 3] = ["/lib/x86_64-linux-gnu", "/lib64", "/usr/lib"];
#[cfg(target_arch = "aarch64")]
const FOLDERS: [&str; 3] = ["/lib/aarch64-linux-gnu", "/lib64", "/usr/lib"];

const READ_ONLY: MsFlags = MsFlags::MS_RDONLY.union(MsFlags::MS_NOSUID).union(MsFlags::MS_NODEV);

/// Puts the loader, the libraries, the process's own maps and the script into a root.
pub(crate) fn furnish(root: &Path, script: &[u8]) -> Result<()> {
    for path in MEMORY {
        show(root, Path::new(path), MsFlags::MS_NOEXEC)?;
    }
    show(root, Path::new(LOADER), MsFlags::empty())?;
    for library in libraries()? {
        show(root, &library, MsFlags::empty())?;
    }
    write(inside(root, Path::new(SCRIPT)), script)
}

/// What the program opens, whatever root it is in, and what for. It lists the folder it is in, and does not start where it can't.
pub(crate) fn opened(script: &Path) -> Result<Vec<(PathBuf, Use)>> {
    let own = [(PathBuf::from(LOADER), Use::Execute), (PathBuf::from("/"), Use::List)];
    let read = libraries()?.chain(MEMORY.map(PathBuf::from)).chain([script.to_owned()]);
    Ok(own.into_iter().chain(read.map(|path| (path, Use::Read))).collect())
}

fn libraries() -> Result<impl Iterator<Item = PathBuf>> {
    let folder =
        FOLDERS.map(Path::new).into_iter().find(|folder| folder.join(LIBRARIES[0]).exists());
    let missing = || Error::new(ErrorKind::NotFound, format!("no {} in {FOLDERS:?}", LIBRARIES[0]));
    let folder = folder.ok_or_else(missing)?;
    Ok(LIBRARIES.into_iter().map(|name| folder.join(name)))
}

fn show(root: &Path, path: &Path, flags: MsFlags) -> Result<()> {
    let target = inside(root, path);
    target.parent().map_or(Ok(()), create_dir_all)?;
    File::create(&target)?;
    bind(path, &target, READ_ONLY | flags)
}

fn inside(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}
