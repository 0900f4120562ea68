//! The state directory of `bunbase up`, held by one at a time.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::exit::{Failed, Status};
use crate::socket::default_state;

/// The longest path that a Unix socket's address holds (sun_path), with its terminating zero.
const MAX_SOCKET_PATH: usize = 107;

/// The longest name of a socket in it.
const LONGEST_NAME: &str = "notify-schedulerd.sock";

/// A state directory that is ours.
#[derive(Debug)]
pub struct Place {
    pub folder: PathBuf,
    _lock: File,
}

impl Place {
    /// Makes it if need be, readable by this user only, and locks it.
    pub fn open(named: Option<&Path>) -> Result<Self, Failed> {
        let folder = named.map(Path::to_owned).or_else(default_state).ok_or_else(|| {
            Failed::new(Status::Usage, "neither HOME nor XDG_STATE_HOME is set")
                .hint("name a folder with --state DIR")
        })?;
        let failed = |error: std::io::Error| {
            Failed::new(Status::Failed, format!("cannot use {}: {error}", folder.display()))
                .hint("name another folder with --state DIR")
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        check_length(&folder)?;
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("up.lock"));
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                let message = format!("\"bunbase up\" runs already in {}", folder.display());
                Err(Failed::new(Status::Conflict, message)
                    .hint("stop it, or name another folder with --state DIR"))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn check_length(folder: &Path) -> Result<(), Failed> {
    let longest = folder.join(LONGEST_NAME);
    if longest.as_os_str().len() <= MAX_SOCKET_PATH {
        return Ok(());
    }
    let message = format!("{} is too long a path for sockets in it", folder.display());
    Err(Failed::new(Status::Usage, message).hint("name a shorter one with --state DIR"))
}
