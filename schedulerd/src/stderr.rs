//! Standard error of the workers. They may not write to a regular file, not even their last words: where ours is one, they
//! write to a pipe, and their bytes are passed on as they are, so many a second and no more.

use std::io::{Result, Write, stderr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::pipe2;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

/// Bytes that are passed on at a time, and the pause behind each: who floods waits.
const PORTION: usize = 4096;
const PAUSE: Duration = Duration::from_millis(50);

/// Where workers are to write, if not where this process does. To be called inside of a runtime.
///
/// # Errors
/// When there are no descriptors left.
pub fn for_workers() -> Result<Option<OwnedFd>> {
    let kind = SFlag::from_bits_truncate(fstat(stderr())?.st_mode) & SFlag::S_IFMT;
    if kind != SFlag::S_IFREG {
        return Ok(None);
    }
    let (theirs, ours) = pipe2(OFlag::O_CLOEXEC)?;
    let receiver = Receiver::from_owned_fd(theirs)?;
    tokio::task::spawn_local(pass_on(receiver));
    Ok(Some(ours))
}

async fn pass_on(mut receiver: Receiver) {
    let mut portion = [0; PORTION];
    while let Ok(length) = receiver.read(&mut portion).await {
        // A full disk is nothing that could be said here.
        let _ = stderr().write_all(&portion[..length]);
        tokio::time::sleep(PAUSE).await;
    }
}
