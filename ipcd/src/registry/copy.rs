//! Copies of the database: one state of it, whole, without what was deleted.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;

/// So many copies that were made before migrations are kept, the newest.
const KEPT: usize = 3;

/// The copy of what was there before a restore.
pub const BEFORE_RESTORE: &str = "registry.before-restore.db";

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// SQLite did not write it.
    #[error("cannot copy the registry to {path}")]
    Database {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        cause: rusqlite::Error,
    },
    /// It is not safely on the disk.
    #[error("cannot keep the copy {path} of the registry")]
    File {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

/// Writes a copy to a path where nothing is. It is not synced.
pub fn write(db: &Connection, path: &Path) -> Result<(), CopyError> {
    let text = path.to_string_lossy();
    let failed = |cause| CopyError::Database { path: path.to_owned(), cause };
    db.execute("VACUUM INTO ?", [&*text]).map(drop).map_err(failed)
}

/// Keeps a copy under a name beside the database, in place of one that has it. When this returns, it is on the disk.
pub fn keep(db: &Connection, state: &Path, name: &str) -> Result<(), CopyError> {
    let path = state.join(name);
    let temporary = state.join(format!("{name}.tmp"));
    let failed = |cause| CopyError::File { path: path.clone(), cause };
    remove(&temporary).map_err(failed)?;
    write(db, &temporary)
        .and_then(|()| put_in_place(&temporary, &path, state).map_err(failed))
        // The first error counts.
        .inspect_err(|_| drop(remove(&temporary)))
}

fn put_in_place(temporary: &Path, path: &Path, folder: &Path) -> io::Result<()> {
    File::open(temporary)?.sync_all()?;
    fs::rename(temporary, path)?;
    File::open(folder)?.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Keeps a copy of what a migration finds, and only the newest few of such copies.
pub fn before_migration(db: &Connection, state: &Path, number: u32) -> Result<(), CopyError> {
    keep(db, state, &format!("registry.before-{number:04}.db"))?;
    let old = all(state).map(|copies| copies.into_iter().skip(KEPT).collect());
    let old: Vec<PathBuf> = old.unwrap_or_default();
    for path in old {
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "cannot remove an old copy of the registry");
        }
    }
    Ok(())
}

/// Removes copies that were not finished.
pub fn clear(state: &Path) -> io::Result<()> {
    for entry in fs::read_dir(state)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("registry.before-") && name.ends_with(".db.tmp") {
            fs::remove_file(state.join(&*name))?;
        }
    }
    Ok(())
}

/// All copies that are kept, those before migrations and that before a restore.
pub fn kept(state: &Path) -> io::Result<Vec<PathBuf>> {
    let mut kept = all(state)?;
    kept.extend(Some(state.join(BEFORE_RESTORE)).filter(|path| path.exists()));
    Ok(kept)
}

/// The copies that were made before migrations, the newest first.
fn all(state: &Path) -> io::Result<Vec<PathBuf>> {
    let mut copies: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(state)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_before_migration) {
            copies.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    copies.sort_unstable();
    Ok(copies.into_iter().rev().map(|(_, path)| path).collect())
}

fn is_before_migration(name: &str) -> bool {
    let number = name.strip_prefix("registry.before-").and_then(|rest| rest.strip_suffix(".db"));
    number.is_some_and(|number| number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_copies_are_kept_and_nothing_else_is_touched() {
        let state = tempfile::tempdir().unwrap();
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
        for other in ["registry.before-restore.db", "registry.db", "registry.before-12345.db"] {
            fs::write(state.path().join(other), "other").unwrap();
        }
        for number in [9, 2, 3, 4] {
            before_migration(&db, state.path(), number).unwrap();
        }
        let mut names: Vec<String> = fs::read_dir(state.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let kept =
            ["0002", "0003", "0004", "12345", "restore"].map(|n| format!("registry.before-{n}.db"));
        assert_eq!(names[..5], kept);
        assert_eq!(names[5..], ["registry.db"]);
    }

    #[test]
    fn a_copy_that_can_not_be_written_leaves_nothing_and_the_one_before_stays() {
        let state = tempfile::tempdir().unwrap();
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE t (a)").unwrap();
        keep(&db, state.path(), "copy.db").unwrap();
        db.execute_batch("BEGIN").unwrap();
        assert!(matches!(keep(&db, state.path(), "copy.db"), Err(CopyError::Database { .. })));
        assert_eq!(fs::read_dir(state.path()).unwrap().count(), 1);
    }
}
