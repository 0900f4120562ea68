//! Files that nothing refers to any more.

use std::collections::HashSet;
use std::fs;

use rusqlite::Connection;

use super::{Registry, RegistryError};

impl Registry {
    /// Removes bundles, source maps and bytecode that no version has. To be called only while no deploy is under way: its files are there before its version.
    fn collect_garbage(&self) -> Result<(), RegistryError> {
        let used = used(&self.db)?;
        for name in self.bundles.names()?.iter().filter(|name| is_garbage(name, &used)) {
            fs::remove_file(self.bundles.path(name))?;
        }
        Ok(())
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
    let files = "SELECT bundle FROM versions
        UNION SELECT source_map FROM versions WHERE source_map IS NOT NULL";
    let mut statement = db.prepare(files)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// A file of ours that nobody wants any more. What belongs to a bundle begins with its name; what is not ours, is somebody else's to remove.
fn is_garbage(name: &str, used: &HashSet<String>) -> bool {
    let of = name.split('.').next().unwrap_or_default();
    let is_hash = of.len() == 64 && of.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash && !used.contains(of)
}
