//! The versions of a function, in service or not.

use bunbase_manifest::Name;
use bunbase_wire::ipc::VersionSummary;
use rusqlite::Row;

use super::{Registry, RegistryError};

/// With a bare column beside `max()` SQLite takes it from the row that has the maximum (sqlite.org/lang_select.html#bareagg).
const VERSIONS: &str = "
    SELECT versions.version, created_at, bundle_bytes, deployed_at, message,
        EXISTS (SELECT 1 FROM functions JOIN deployments AS d USING (revision)
                WHERE name = ?1 AND d.version = versions.version),
        max(revision)
    FROM versions LEFT JOIN deployments USING (function, version)
    WHERE function = ?1 GROUP BY versions.version ORDER BY created_at DESC, versions.rowid DESC";

impl Registry {
    /// All versions that are stored of a function, the last one first; of one that was removed, too.
    pub fn versions(&self, name: &Name) -> Result<Vec<VersionSummary>, RegistryError> {
        let mut statement = self.db.prepare_cached(VERSIONS)?;
        let rows = statement.query_map([name.as_str()], columns)?;
        rows.map(|row| summary(row?)).collect()
    }
}

type Columns = (String, String, u64, Option<String>, Option<String>, bool);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

fn summary(columns: Columns) -> Result<VersionSummary, RegistryError> {
    let (version, created_at, bundle_bytes, deployed_at, message, in_service) = columns;
    let version = serde_json::from_value(version.into())?;
    Ok(VersionSummary { version, created_at, bundle_bytes, deployed_at, message, in_service })
}
