//! Secrets: what is set now, and what each deployment has of it, as ids of sealed values.

use std::collections::BTreeMap;

use bunbase_manifest::{Manifest, Name, Secret, Secrets, Version};
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::deploy::{OnServer, add_deployment_with};
use super::versions::manifest;
use super::{Registry, RegistryError};

/// Sealed values by the names of their secrets.
pub(super) type Sealed = BTreeMap<String, u64>;

/// What is to become of a function's secrets.
#[derive(Debug, Clone, Copy)]
pub enum SecretChange<'a> {
    /// One is set.
    Set(&'a str, &'a Secret),
    /// These are set no more.
    Remove(&'a [String]),
}

/// Secrets that a version requires and that are not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{function} requires secrets that are not set; set them, each with its value on standard input:{}",
    commands(function, names)
)]
pub struct MissingSecrets {
    /// The function.
    pub function: Name,
    /// The names of the secrets.
    pub names: Vec<String>,
}

fn commands(function: &Name, names: &[String]) -> String {
    names.iter().map(|name| format!("\n  bunbase secret set {function} {name}")).collect()
}

impl Registry {
    /// The secrets that are set for a function, in service or not.
    pub fn secrets(&self, name: &Name) -> Result<Secrets, RegistryError> {
        self.unseal(name, &current(&self.db, name)?)
    }

    /// The secrets of a deployment that is in service or may be.
    pub fn secrets_of(&self, name: &Name, revision: u64) -> Result<Secrets, RegistryError> {
        self.unseal(name, &of_deployment(&self.db, revision)?)
    }

    /// When each secret was set that is set.
    pub fn secrets_set_at(&self, name: &Name) -> Result<BTreeMap<String, String>, RegistryError> {
        let mut statement = self.db.prepare_cached(
            "SELECT secrets.name, set_at FROM secrets JOIN sealed ON sealed.id = secrets.sealed
             WHERE secrets.function = ?",
        )?;
        let rows = statement.query_map([name.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The secrets that the version in service requires, or else the last one that is stored. Nothing if there is no version.
    pub fn required_secrets(&self, name: &Name) -> Result<Option<Vec<String>>, RegistryError> {
        if let Some(served) = self.served(name)? {
            return Ok(Some(served.manifest.required_secrets));
        }
        let last = self.versions(name)?.into_iter().next();
        let required = |version| Ok(self.manifest(name, &version)?.required_secrets);
        last.map(|summary| required(summary.version)).transpose()
    }

    /// Whether all secrets are set that a function requires.
    pub fn check_required(&self, manifest: &Manifest) -> Result<(), RegistryError> {
        check_manifest(manifest, &current(&self.db, &manifest.name)?)
    }

    /// Makes a deployment of the version in service that differs in its secrets; they are set once it is put in service.
    /// Without a function in service they are set at once, and there is no deployment.
    pub fn stage_secrets(
        &mut self,
        name: &Name,
        change: SecretChange<'_>,
    ) -> Result<Option<u64>, RegistryError> {
        let served = self.served(name)?;
        let sealed = match change {
            SecretChange::Set(secret, value) => Some((secret, self.seal(name, secret, value)?)),
            SecretChange::Remove(_) => None,
        };
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut on_server = OnServer::current(&transaction, name)?;
        if let SecretChange::Remove(names) = change {
            on_server.secrets.retain(|secret, _| !names.contains(secret));
        }
        if let Some((secret, (key, value))) = sealed {
            let id = insert(&transaction, name, secret, &key, &value)?;
            on_server.secrets.insert(secret.to_owned(), id);
        }
        let revision = match served {
            Some(served) => {
                let (version, message) = (&served.version, served.message.as_deref());
                Some(add_deployment_with(&transaction, name, version, message, &on_server)?)
            }
            None => {
                set(&transaction, name, &on_server.secrets)?;
                None
            }
        };
        transaction.commit()?;
        Ok(revision)
    }

    /// The id of the key, and the sealed value.
    fn seal(
        &mut self,
        function: &Name,
        name: &str,
        value: &Secret,
    ) -> Result<(String, Vec<u8>), RegistryError> {
        let key = self.vault.key_or_new()?;
        Ok((key.id().to_owned(), key.seal(function, name, value)?))
    }

    fn unseal(&self, function: &Name, sealed: &Sealed) -> Result<Secrets, RegistryError> {
        let query = "SELECT value FROM sealed WHERE id = ?";
        let mut statement = self.db.prepare_cached(query)?;
        let mut secrets = Secrets::new();
        for (name, id) in sealed {
            let value: Vec<u8> = statement.query_row([id], |row| row.get(0))?;
            let secret = self.vault.key().and_then(|key| key.unseal(function, name, &value));
            let secret = secret.ok_or_else(|| RegistryError::Sealed(name.clone()))?;
            secrets.insert(name.clone(), secret);
        }
        Ok(secrets)
    }

    /// Whether the key is there that everything is sealed with.
    pub(super) fn check_key(&self) -> Result<(), RegistryError> {
        let mut statement = self.db.prepare("SELECT DISTINCT key FROM sealed ORDER BY key")?;
        let keys = statement.query_map([], |row| row.get::<_, String>(0))?;
        for key in keys {
            self.vault.expect(&key?)?;
        }
        Ok(())
    }
}

fn insert(
    transaction: &Transaction<'_>,
    function: &Name,
    name: &str,
    key: &str,
    value: &[u8],
) -> Result<u64, RegistryError> {
    let set_at = Timestamp::now().to_string();
    transaction.execute(
        "INSERT INTO sealed (function, name, key, value, set_at) VALUES (?, ?, ?, ?, ?)",
        params![function.as_str(), name, key, value, set_at],
    )?;
    Ok(transaction.last_insert_rowid().cast_unsigned())
}

pub(super) fn current(db: &Connection, name: &Name) -> Result<Sealed, RegistryError> {
    let mut statement = db.prepare_cached("SELECT name, sealed FROM secrets WHERE function = ?")?;
    let rows = statement.query_map([name.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn of_deployment(db: &Connection, revision: u64) -> Result<Sealed, RegistryError> {
    let query = "SELECT secrets FROM deployments WHERE revision = ?";
    let secrets: String = db.query_row(query, [revision], |row| row.get(0))?;
    Ok(serde_json::from_str(&secrets)?)
}

/// These and no others are set from now on.
pub(super) fn set(
    transaction: &Transaction<'_>,
    name: &Name,
    secrets: &Sealed,
) -> Result<(), RegistryError> {
    transaction.execute("DELETE FROM secrets WHERE function = ?", [name.as_str()])?;
    let mut insert = transaction
        .prepare_cached("INSERT INTO secrets (function, name, sealed) VALUES (?, ?, ?)")?;
    for (secret, id) in secrets {
        insert.execute(params![name.as_str(), secret, id])?;
    }
    forget(transaction, name)
}

/// Deletes what is not set: it can't be in service any more.
pub(super) fn forget(db: &Connection, name: &Name) -> Result<(), RegistryError> {
    db.execute(
        "DELETE FROM sealed WHERE function = ?1
         AND id NOT IN (SELECT sealed FROM secrets WHERE function = ?1)",
        [name.as_str()],
    )?;
    Ok(())
}

/// Whether all secrets are set that a version requires.
pub(super) fn check(
    db: &Connection,
    name: &Name,
    version: &Version,
    secrets: &Sealed,
) -> Result<(), RegistryError> {
    check_manifest(&manifest(db, name, version)?, secrets)
}

fn check_manifest(manifest: &Manifest, secrets: &Sealed) -> Result<(), RegistryError> {
    let mut names = manifest.required_secrets.clone();
    names.retain(|name| !secrets.contains_key(name));
    names.dedup();
    let function = manifest.name.clone();
    match names.is_empty() {
        true => Ok(()),
        false => Err(RegistryError::Missing(MissingSecrets { function, names })),
    }
}

#[cfg(test)]
mod tests;
