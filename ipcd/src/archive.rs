//! The file that a backup is: a tar with `manifest.json` first, then the files that it names, in its order.
//!
//! # Layout
//! - [`contents`], which is `manifest.json`
//! - [`pack`]: a state directory becomes such a file
//! - [`unpack`]: and back; nothing in it is believed
//! - [`pipe`]: its bytes between the thread that works on it and the client

mod contents;
mod pack;
mod pipe;
mod unpack;

use std::path::Path;
use std::{fs, io};

use tempfile::TempDir;

pub use pack::{NotPacked, Snapshot};
pub use pipe::{Sink, Source, pipe};
pub use unpack::{Refused, Unpacked};

/// Where backups and restores have what they work on.
const FOLDER: &str = "temporary";

/// A folder of its own for each, gone with what is returned.
fn folder(state: &Path) -> io::Result<TempDir> {
    let all = state.join(FOLDER);
    fs::create_dir_all(&all)?;
    tempfile::tempdir_in(all)
}

/// Removes what is left of backups and restores that were interrupted.
///
/// # Errors
/// When the disk does not let us.
pub fn clear(state: &Path) -> io::Result<()> {
    match fs::remove_dir_all(state.join(FOLDER)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
