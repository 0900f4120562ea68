//! Deployments that are staged and are not to be: nothing of them stays.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::{Registry, RegistryError, secrets};

/// Versions that were stored for these deployments and for nothing else. Without a number: of all that are staged.
const VERSIONS: &str = "
    SELECT function, version FROM staged JOIN deployments USING (revision)
    WHERE makes_version AND revision = coalesce(?1, revision)";

const DEPLOYMENTS: &str = "
    DELETE FROM deployments
    WHERE revision IN (SELECT revision FROM staged WHERE revision = coalesce(?1, revision))";

impl Registry {
    /// Forgets a deployment that was staged and is not to be, and its version and sealed secrets if they were stored for it.
    pub fn unstage(&mut self, revision: u64) -> Result<(), RegistryError> {
        let query =
            "SELECT function FROM staged JOIN deployments USING (revision) WHERE revision = ?";
        let of = self.db.query_row(query, [revision], |row| row.get::<_, String>(0)).optional()?;
        forget(&mut self.db, Some(revision))?;
        match of.and_then(|name| name.parse().ok()) {
            Some(name) => secrets::forget(&self.db, &name),
            None => Ok(()),
        }
    }
}

/// Notes that the version of a staged deployment is new.
pub(super) fn makes_version(
    transaction: &Transaction<'_>,
    revision: u64,
) -> Result<(), RegistryError> {
    let note = "UPDATE staged SET makes_version = 1 WHERE revision = ?";
    transaction.execute(note, [revision])?;
    Ok(())
}

/// What was staged when ipcd died.
pub(super) fn forget_all(db: &mut Connection) -> Result<(), RegistryError> {
    forget(db, None)
}

fn forget(db: &mut Connection, revision: Option<u64>) -> Result<(), RegistryError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let versions = versions(&transaction, revision)?;
    transaction.execute(DEPLOYMENTS, [revision])?;
    for (function, version) in versions {
        transaction.execute(
            // It may have been deployed once more since, where this could not be taken back at once.
            "DELETE FROM versions WHERE function = ?1 AND version = ?2 AND NOT EXISTS
                 (SELECT 1 FROM deployments WHERE function = ?1 AND version = ?2)",
            [function, version],
        )?;
    }
    Ok(transaction.commit()?)
}

fn versions(
    transaction: &Transaction<'_>,
    revision: Option<u64>,
) -> Result<Vec<(String, String)>, RegistryError> {
    let mut statement = transaction.prepare_cached(VERSIONS)?;
    let rows = statement.query_map([revision], |row| row.try_into())?;
    Ok(rows.collect::<Result<_, _>>()?)
}
