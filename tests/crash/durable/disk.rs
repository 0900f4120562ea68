//! What is in the state directory: the database, and files beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::ipcd::copy;

/// Files that versions name; the name of one is the SHA-256 of what is in it.
const FILES: &str = "SELECT bundle FROM versions UNION
    SELECT source_map FROM versions WHERE source_map IS NOT NULL";

/// The database is whole, and every version has its files. What a dead ipcd has left is looked at in a copy: opening it repairs it.
pub fn whole(state: &Path) -> Result<(), String> {
    let files = files(state)?;
    let damaged = |name: &&String| {
        fs::read(state.join("bundles").join(name)).map_or(true, |content| hash(&content) != **name)
    };
    match files.iter().find(damaged) {
        Some(name) => Err(format!("a version has no file {name}, or a damaged one")),
        None => Ok(()),
    }
}

/// Nothing is left of what was never made. A running ipcd has done with it.
pub fn tidy(state: &Path) -> Result<(), String> {
    let files = files(state)?;
    for entry in fs::read_dir(state.join("bundles")).map_err(|error| error.to_string())? {
        let name = entry.map_err(|error| error.to_string())?.file_name();
        let name = name.to_string_lossy();
        // Bytecode is named after its bundle.
        let of = name.split('.').next().unwrap_or_default();
        if name.ends_with(".tmp") || !files.contains(of) {
            return Err(format!("bundles/{name} belongs to no version"));
        }
    }
    Ok(())
}

/// Checks the database and returns the names of the files that belong to it.
fn files(state: &Path) -> Result<BTreeSet<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["registry.db", "registry.db-wal"].map(|name| state.join(name)) {
        // One that was closed in order has no log.
        if name.exists() {
            copy(&name, folder.path());
        }
    }
    read(&folder.path().join("registry.db")).map_err(|error| error.to_string())?
}

fn read(database: &Path) -> rusqlite::Result<Result<BTreeSet<String>, String>> {
    let db = Connection::open(database)?;
    let said: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let foreign: i64 =
        db.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
    if said != "ok" || foreign != 0 {
        return Ok(Err(format!("integrity_check: {said}; {foreign} rows refer to nothing")));
    }
    let mut statement = db.prepare(FILES)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(Ok(names.collect::<Result<_, _>>()?))
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
