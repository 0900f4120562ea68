//! Storing a version, and putting it in service once it is known to load.

use std::fs::File;

use bunbase_manifest::{Manifest, Name, Variables, Version};
use bunbase_wire::ipc::Outcome;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::secrets::Sealed;
use super::{Registry, RegistryError, bytecode_of, env, secrets, staged};
use crate::bundles::hash;

/// What somebody wants to deploy; checked.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// Everything decided about it.
    pub manifest: &'a Manifest,
    /// The bundle.
    pub bundle: &'a [u8],
    /// Its source map; empty for none.
    pub source_map: &'a [u8],
    /// What is said of it.
    pub message: Option<&'a str>,
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// The version.
    pub version: Version,
    /// What happens, once the deployment is in service.
    pub outcome: Outcome,
    /// The deployment, if there is one to be put in service.
    pub revision: Option<u64>,
}

impl Registry {
    /// Stores a bundle that no version has yet: its SHA-256 in hex, and the file.
    pub fn store_bundle(&self, bundle: &[u8]) -> Result<(String, File), RegistryError> {
        let hash = self.bundles.store(bundle)?;
        let file = self.bundles.open_file(&hash)?;
        Ok((hash, file))
    }

    /// Stores what a bundle was compiled to.
    pub fn store_bytecode(
        &self,
        bundle: &str,
        function: &Name,
        bytecode: &[u8],
    ) -> Result<(), RegistryError> {
        Ok(self.bundles.store_as(&bytecode_of(bundle, function), bytecode)?)
    }

    /// Stores a version, and with `serve` makes a deployment of it that can be put in service. When this returns, it is on the disk.
    pub fn stage(
        &mut self,
        candidate: &Candidate<'_>,
        serve: bool,
    ) -> Result<Staged, RegistryError> {
        let manifest = serde_json::to_string(candidate.manifest)?;
        let version = version(&manifest, candidate.bundle)?;
        // Files first: a version in the database always has its bundle.
        let bundle = self.bundles.store(candidate.bundle)?;
        let source_map = match candidate.source_map {
            [] => None,
            map => Some(self.bundles.store(map)?),
        };
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let name = &candidate.manifest.name;
        let before = in_service(&transaction, name)?;
        let is_new = transaction.execute(
            "INSERT OR IGNORE INTO versions
                 (function, version, manifest, bundle, source_map, bundle_bytes, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                name.as_str(),
                version.as_str(),
                manifest,
                bundle,
                source_map,
                candidate.bundle.len(),
                Timestamp::now().to_string()
            ],
        )? > 0;
        let outcome = outcome(before.as_deref(), &version, serve);
        let revision = match outcome {
            Outcome::Updated | Outcome::Created => {
                Some(add_deployment(&transaction, name, &version, candidate.message)?)
            }
            Outcome::Unchanged | Outcome::Registered => None,
        };
        if let (Some(revision), true) = (revision, is_new) {
            staged::makes_version(&transaction, revision)?;
        }
        transaction.commit()?;
        Ok(Staged { version, outcome, revision })
    }

    /// What [`Registry::stage`] would do; nothing is stored.
    pub fn try_stage(
        &self,
        candidate: &Candidate<'_>,
        serve: bool,
    ) -> Result<Staged, RegistryError> {
        let name = &candidate.manifest.name;
        let version = version(&serde_json::to_string(candidate.manifest)?, candidate.bundle)?;
        let outcome = outcome(in_service(&self.db, name)?.as_deref(), &version, serve);
        if serve {
            env::check_with(candidate.manifest.clone(), &self.variables(name)?)?;
            self.check_required(candidate.manifest)?;
        }
        Ok(Staged { version, outcome, revision: None })
    }

    /// Puts a staged deployment in service, and what it has of variables and secrets becomes what is set. When this returns, that is on the disk.
    pub fn put_in_service(&mut self, name: &Name, revision: u64) -> Result<(), RegistryError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO functions (name, revision) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET revision = ?2",
            params![name.as_str(), revision],
        )?;
        transaction.execute("DELETE FROM staged WHERE revision = ?", [revision])?;
        env::set(&transaction, name, &env::of_deployment(&transaction, revision)?)?;
        secrets::set(&transaction, name, &secrets::of_deployment(&transaction, revision)?)?;
        Ok(transaction.commit()?)
    }

    /// Takes a function out of service. False if there was none.
    pub fn remove(&mut self, name: &Name) -> Result<bool, RegistryError> {
        let removed = self.db.execute("DELETE FROM functions WHERE name = ?", [name.as_str()])?;
        Ok(removed > 0)
    }
}

fn outcome(before: Option<&str>, version: &Version, serve: bool) -> Outcome {
    match before {
        Some(same) if same == version.as_str() => Outcome::Unchanged,
        _ if !serve => Outcome::Registered,
        Some(_) => Outcome::Updated,
        None => Outcome::Created,
    }
}

/// The hash of manifest and bundle, with their lengths so that nothing can move from one to the other.
fn version(manifest: &str, bundle: &[u8]) -> Result<Version, RegistryError> {
    let length = (manifest.len() as u64).to_be_bytes();
    let text = hash([&length[..], manifest.as_bytes(), bundle]);
    Ok(text.parse().expect("a SHA-256 in hex is a version"))
}

fn in_service(db: &Connection, name: &Name) -> Result<Option<String>, RegistryError> {
    let version = db.query_row(
        "SELECT version FROM functions JOIN deployments USING (revision) WHERE name = ?",
        [name.as_str()],
        |row| row.get(0),
    );
    Ok(version.optional()?)
}

/// What is set on the server for a function.
pub(super) struct OnServer {
    pub(super) variables: Variables,
    pub(super) secrets: Sealed,
}

impl OnServer {
    /// What is set now.
    pub(super) fn current(
        transaction: &Transaction<'_>,
        name: &Name,
    ) -> Result<Self, RegistryError> {
        let (variables, secrets) =
            (env::current(transaction, name)?, secrets::current(transaction, name)?);
        Ok(Self { variables, secrets })
    }
}

/// A deployment with the variables and secrets that are set on the server now.
pub(super) fn add_deployment(
    transaction: &Transaction<'_>,
    name: &Name,
    version: &Version,
    message: Option<&str>,
) -> Result<u64, RegistryError> {
    let on_server = OnServer::current(transaction, name)?;
    add_deployment_with(transaction, name, version, message, &on_server)
}

/// A deployment with these variables and secrets, if the version can have them and they are all that it requires.
pub(super) fn add_deployment_with(
    transaction: &Transaction<'_>,
    name: &Name,
    version: &Version,
    message: Option<&str>,
    OnServer { variables, secrets }: &OnServer,
) -> Result<u64, RegistryError> {
    env::check(transaction, name, version, variables)?;
    secrets::check(transaction, name, version, secrets)?;
    let deployed_at = Timestamp::now().to_string();
    let (env, secrets) = (serde_json::to_string(variables)?, serde_json::to_string(secrets)?);
    transaction.execute(
        "INSERT INTO deployments (function, version, message, deployed_at, env, secrets)
         VALUES (?, ?, ?, ?, ?, ?)",
        params![name.as_str(), version.as_str(), message, deployed_at, env, secrets],
    )?;
    let revision = transaction.last_insert_rowid().cast_unsigned();
    transaction.execute("INSERT INTO staged (revision) VALUES (?)", [revision])?;
    Ok(revision)
}
