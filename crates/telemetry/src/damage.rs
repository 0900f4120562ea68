//! A damaged file is moved aside, and never over another one.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi::{self, SQLITE_NOTADB};

use crate::Error;

/// Damaged files that are kept. The last one gives way to a further one, the first ones stay.
const KEPT: u32 = 9;

/// Whether the file is damaged, or is none of ours.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// What is said of a file with other tables.
pub(crate) fn not_ours() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        ffi::Error::new(SQLITE_NOTADB),
        Some("another schema".to_owned()),
    )
}

/// With its log, which would be replayed into the new one. Nobody may have it open.
pub(crate) fn move_aside(path: &Path) -> Result<PathBuf, Error> {
    let aside = |source| Error::Aside { path: path.to_owned(), source };
    let to = free(path).map_err(aside)?;
    std::fs::rename(path, &to).map_err(aside)?;
    for end in ["db-wal", "db-shm"] {
        match std::fs::remove_file(path.with_extension(end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(aside(error)),
            _ => {}
        }
    }
    Ok(to)
}

fn free(path: &Path) -> io::Result<PathBuf> {
    let name = |n| path.with_extension(format!("db.damaged.{n}"));
    for n in 1..KEPT {
        if !name(n).try_exists()? {
            return Ok(name(n));
        }
    }
    Ok(name(KEPT))
}
