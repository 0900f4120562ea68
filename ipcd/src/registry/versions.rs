//! The versions of a function, in service or not.

use bunbase_manifest::{Manifest, Name, Version};
use bunbase_wire::ipc::{MAX_VERSIONS, VersionSummary};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};

use super::deploy::add_deployment;
use super::{Registry, RegistryError};

/// Deployments are gone through once: they have no index by function. With a bare column beside `max()` SQLite takes it from the row that has
/// the maximum (sqlite.org/lang_select.html#bareagg).
const VERSIONS: &str = "
    WITH latest AS MATERIALIZED (
        SELECT version, deployed_at, message, max(revision) FROM deployments
        WHERE function = ?1 AND revision NOT IN (SELECT revision FROM staged) GROUP BY version)
    SELECT versions.version, created_at, bundle_bytes, deployed_at, message,
        versions.version IS (SELECT version FROM functions JOIN deployments USING (revision)
                             WHERE name = ?1)
    FROM versions LEFT JOIN latest USING (version)
    WHERE function = ?1 ORDER BY versions.rowid DESC LIMIT ?2";

/// Those whose first digits are these.
const NAMED: &str = "
    SELECT version FROM versions WHERE function = ?1 AND substr(version, 1, length(?2)) = ?2";

/// Of the deployments before the one in service, the last that has another version.
const BEFORE: &str = "
    SELECT before.version FROM functions JOIN deployments AS now USING (revision)
        JOIN deployments AS before ON before.function = now.function
    WHERE name = ? AND before.revision < now.revision AND before.version <> now.version
    ORDER BY before.revision DESC LIMIT 1";

impl Registry {
    /// The versions that are stored of a function, the last one first and [`MAX_VERSIONS`] at most; of one that was removed, too.
    pub fn versions(&self, name: &Name) -> Result<Vec<VersionSummary>, RegistryError> {
        let mut statement = self.db.prepare_cached(VERSIONS)?;
        let rows = statement.query_map((name.as_str(), MAX_VERSIONS), columns)?;
        rows.map(|row| summary(row?)).collect()
    }

    /// The versions of a function that begin with these digits.
    pub fn versions_named(&self, name: &Name, prefix: &str) -> Result<Vec<Version>, RegistryError> {
        let mut statement = self.db.prepare_cached(NAMED)?;
        let rows = statement.query_map([name.as_str(), prefix], |row| row.get::<_, String>(0))?;
        rows.map(|row| Ok(serde_json::from_value(row?.into())?)).collect()
    }

    /// Whether any version of a function is stored.
    pub fn is_known(&self, name: &Name) -> Result<bool, RegistryError> {
        let query = "SELECT EXISTS (SELECT 1 FROM versions WHERE function = ?)";
        Ok(self.db.query_row(query, [name.as_str()], |row| row.get(0))?)
    }

    /// The version that was in service before the one that is, if there was another.
    pub fn version_before(&self, name: &Name) -> Result<Option<Version>, RegistryError> {
        let version = self.db.query_row(BEFORE, [name.as_str()], |row| row.get::<_, String>(0));
        Ok(version.optional()?.map(|text| serde_json::from_value(text.into())).transpose()?)
    }

    /// What was decided about a version that is stored.
    pub fn manifest(&self, name: &Name, version: &Version) -> Result<Manifest, RegistryError> {
        manifest(&self.db, name, version)
    }

    /// Makes a deployment of a stored version that can be put in service. When this returns, it is on the disk.
    pub fn stage_version(
        &mut self,
        name: &Name,
        version: &Version,
        message: Option<&str>,
    ) -> Result<u64, RegistryError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let revision = add_deployment(&transaction, name, version, message)?;
        transaction.commit()?;
        Ok(revision)
    }
}

pub(super) fn manifest(
    db: &Connection,
    name: &Name,
    version: &Version,
) -> Result<Manifest, RegistryError> {
    let query = "SELECT manifest FROM versions WHERE function = ? AND version = ?";
    let of = [name.as_str(), version.as_str()];
    let text: String = db.query_row(query, of, |row| row.get(0))?;
    Ok(serde_json::from_str(&text)?)
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
