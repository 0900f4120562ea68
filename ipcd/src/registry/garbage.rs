//! Files that nothing refers to any more.

use std::collections::HashSet;
use std::fs;

use rusqlite::{Connection, OpenFlags};

use super::{Registry, RegistryError, backup, bytecode_of, copy};

/// Files that are removed at a time; the rest is at the next start.
const MOST: usize = 10_000;

impl Registry {
    /// Removes bundles, source maps and bytecode that no version has, here or in a copy that is kept. To be called only while no deploy is under way:
    /// its files are there before its version. Returns how many it removed.
    pub fn collect_garbage(&self) -> Result<usize, RegistryError> {
        let mut used = used(&self.db)?;
        for path in copy::kept(&self.state)? {
            // What is kept is kept whole: where it can't be read, nothing is removed.
            used.extend(used_by(&Connection::open_with_flags(
                path,
                OpenFlags::SQLITE_OPEN_READ_ONLY,
            )?)?);
        }
        let ours = self.bundles.names()?.into_iter().filter(|name| is_ours(name));
        let garbage = ours.filter(|name| !used.contains(name)).take(MOST);
        let mut removed = 0;
        for name in garbage {
            fs::remove_file(self.bundles.path(&name))?;
            removed += 1;
        }
        if removed > 0 {
            tracing::info!(event = "collected", removed, "files that no version has were removed");
        }
        Ok(removed)
    }

    /// As above, where it is no failure that some stay.
    pub fn collect_what_can_be(&self) {
        if let Err(error) = self.collect_garbage() {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "files that no version has stay where they are");
        }
    }
}

fn used(db: &Connection) -> Result<HashSet<String>, RegistryError> {
    let mut used = used_by(db)?;
    let mut statement = db.prepare("SELECT DISTINCT bundle, function FROM versions")?;
    let rows =
        statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows {
        let (bundle, function) = row?;
        // Only names that are some have been stored.
        used.extend(function.parse().ok().map(|name| bytecode_of(&bundle, &name)));
    }
    Ok(used)
}

fn used_by(db: &Connection) -> Result<HashSet<String>, RegistryError> {
    Ok(backup::files(db)?.into_iter().collect())
}

/// What is not, is somebody else's to remove.
fn is_ours(name: &str) -> bool {
    let hash = name.split('.').next().unwrap_or_default();
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash && (hash == name || name.ends_with(".bytecode"))
}
