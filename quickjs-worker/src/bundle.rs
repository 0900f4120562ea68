//! The bundle: from a descriptor to its text.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;

use bunbase_wire::worker::{BUNDLE_FD, MAX_BUNDLE};
use nix::fcntl::{FcntlArg, fcntl};

/// Why there is no source to run.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The worker was started without one.
    #[error("no bundle on descriptor {BUNDLE_FD}")]
    Missing,
    /// It can't be read.
    #[error("the bundle can't be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is beyond the bound.
    #[error("the bundle has more than {MAX_BUNDLE} bytes")]
    TooLarge,
    /// It is no text.
    #[error("the bundle is not UTF-8: {0}")]
    NotUtf8(#[from] std::string::FromUtf8Error),
}

/// Reads the bundle that this process was given, and closes it.
pub fn read() -> Result<Vec<u8>, BundleError> {
    read_descriptor(BUNDLE_FD, MAX_BUNDLE)
}

/// Closes the bundle that this process was given and does not need.
pub fn close() {
    // One that is not there need not be closed.
    drop(descriptor(BUNDLE_FD));
}

/// The text of a bundle.
pub fn text(bundle: Vec<u8>) -> Result<String, BundleError> {
    let source = String::from_utf8(bundle)?;
    Ok(source.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(source))
}

/// Reads what stands open under a number, of at most `bound` bytes, and closes it. To be called once for each number.
pub fn read_descriptor(number: RawFd, bound: usize) -> Result<Vec<u8>, BundleError> {
    let mut bytes = Vec::new();
    let mut file = descriptor(number)?;
    if !read_from_start(&file, bound, &mut bytes)? {
        (&mut file).take(bound as u64 + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() > bound { Err(BundleError::TooLarge) } else { Ok(bytes) }
}

#[allow(unsafe_code)]
fn descriptor(number: RawFd) -> Result<File, BundleError> {
    // SAFETY: borrowed only to ask whether it is open; nothing in this process closes it meanwhile.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    fcntl(borrowed, FcntlArg::F_GETFD).map_err(|_| BundleError::Missing)?;
    // SAFETY: it is open, it was given to this process for this purpose, and nobody else takes it.
    Ok(File::from(unsafe { OwnedFd::from_raw_fd(number) }))
}

/// As much as most bundles have: what is zeroed for more of it is memory that a worker keeps.
const FIRST_PART: usize = 4096;

/// Others may share the offset of the descriptor, so it isn't used where there is one; `false` for a pipe.
fn read_from_start(file: &File, bound: usize, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut filled = 0;
    while filled <= bound {
        if filled == bytes.len() {
            bytes.resize((2 * filled).max(FIRST_PART), 0);
        }
        match file.read_at(&mut bytes[filled..], filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::NotSeekable => {
                bytes.clear();
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(true)
}
