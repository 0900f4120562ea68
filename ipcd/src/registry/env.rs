//! Variables that are set on the server: what is set now, and what each deployment has of it.

use bunbase_manifest::{Manifest, Name, Variables, Version};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::deploy::{OnServer, add_deployment_with};
use super::versions::manifest;
use super::{Registry, RegistryError};

impl Registry {
    /// What is set on the server for a function, in service or not.
    pub fn variables(&self, name: &Name) -> Result<Variables, RegistryError> {
        current(&self.db, name)
    }

    /// Makes a deployment of the version in service that differs in its variables; they are set once it is put in service.
    /// Without a function in service they are set at once, and there is no deployment.
    pub fn stage_variables(
        &mut self,
        name: &Name,
        variables: &Variables,
    ) -> Result<Option<u64>, RegistryError> {
        let served = self.served(name)?;
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let revision = match served {
            Some(served) => {
                let (version, message) = (&served.version, served.message.as_deref());
                let variables = variables.clone();
                let on_server = OnServer { variables, ..OnServer::current(&transaction, name)? };
                Some(add_deployment_with(&transaction, name, version, message, &on_server)?)
            }
            None => {
                set(&transaction, name, variables)?;
                None
            }
        };
        transaction.commit()?;
        Ok(revision)
    }
}

pub(super) fn current(db: &Connection, name: &Name) -> Result<Variables, RegistryError> {
    let mut statement =
        db.prepare_cached("SELECT name, value FROM variables WHERE function = ?")?;
    let rows = statement.query_map([name.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn of_deployment(db: &Connection, revision: u64) -> Result<Variables, RegistryError> {
    let query = "SELECT env FROM deployments WHERE revision = ?";
    let env: String = db.query_row(query, [revision], |row| row.get(0))?;
    Ok(serde_json::from_str(&env)?)
}

/// These and no others are set from now on.
pub(super) fn set(
    transaction: &Transaction<'_>,
    name: &Name,
    variables: &Variables,
) -> Result<(), RegistryError> {
    transaction.execute("DELETE FROM variables WHERE function = ?", [name.as_str()])?;
    let mut insert = transaction
        .prepare_cached("INSERT INTO variables (function, name, value) VALUES (?, ?, ?)")?;
    for (variable, value) in variables {
        insert.execute(params![name.as_str(), variable, value])?;
    }
    Ok(())
}

/// Whether a version can have these variables besides its own: a worker gets both, in one packet.
pub(super) fn check(
    db: &Connection,
    name: &Name,
    version: &Version,
    variables: &Variables,
) -> Result<(), RegistryError> {
    if variables.is_empty() {
        return Ok(());
    }
    check_with(manifest(db, name, version)?, variables)
}

/// The same for a manifest.
pub(super) fn check_with(manifest: Manifest, variables: &Variables) -> Result<(), RegistryError> {
    let checked = manifest.with_variables(variables.clone()).check();
    checked.map_err(|invalid| RegistryError::Variables(Box::new(invalid)))
}

#[cfg(test)]
mod tests;
