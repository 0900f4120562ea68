//! The registry: functions, immutable versions, deployments. SQLite, one writer, WAL, `synchronous=FULL`:
//! what is acknowledged is on the disk.
//!
//! # Layout
//! - [`schema`]: numbered migrations
//! - [`deploy`]: storing a version and putting it in service
//! - [`env`]: variables that are set on the server; [`secrets`]: secrets
//! - [`query`]: what is stored, read back; [`versions`]: in service or not

mod deploy;
mod env;
mod query;
mod schema;
mod secrets;
mod versions;

use std::io;
use std::path::Path;

use bunbase_daemon::{ConfigError, Exit};
use bunbase_manifest::{Invalid, Name};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::bundles::Bundles;
use crate::vault::{KeyError, Vault};

pub use deploy::{Candidate, Staged};
pub use secrets::{MissingSecrets, SecretChange};

/// Why something could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// SQLite said no.
    #[error("registry database")]
    Database(#[from] rusqlite::Error),
    /// A bundle could not be written or opened.
    #[error("bundle store")]
    Bundles(#[from] io::Error),
    /// What is stored can't be read back.
    #[error("the registry holds a manifest that this release can't read")]
    Manifest(#[from] serde_json::Error),
    /// Variables that can't be: those of the manifest and those of the server together.
    #[error("{0}\n  shorten [env] in function.toml, or take away what \"bunbase env ls\" shows")]
    Variables(Box<Invalid>),
    /// A version can't be in service without its secrets.
    #[error(transparent)]
    Missing(#[from] MissingSecrets),
    /// There is no key to seal secrets with, or another one.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A secret that can't be read: not sealed with this key for this place, or damaged.
    #[error("the sealed value of the secret {0} is damaged; set it again")]
    Sealed(String),
    /// The database is of a later release.
    #[error(
        "the registry is at schema {found}, this release knows {known}; install the newer release again"
    )]
    TooNew {
        /// What it is at.
        found: u32,
        /// What this release knows.
        known: u32,
    },
}

/// What was staged when ipcd died: a deployment that is put in service is the last of its function.
const NEVER_IN_SERVICE: &str = "
    DELETE FROM deployments
    WHERE revision > (SELECT revision FROM functions WHERE name = deployments.function)";

/// Secrets of what was staged when ipcd died: those of what is in service are set.
const NEVER_SET: &str = "DELETE FROM sealed WHERE id NOT IN (SELECT sealed FROM secrets)";

impl From<RegistryError> for Exit {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Key(error) => Self::Config(ConfigError::Unusable(Box::new(error))),
            other => Self::Failed(Box::new(other)),
        }
    }
}

/// The open registry.
#[derive(Debug)]
pub struct Registry {
    db: Connection,
    bundles: Bundles,
    vault: Vault,
}

impl Registry {
    /// Opens it below the state directory, making or migrating what needs to be. The key of secrets is that of the file `credential`, if
    /// there is one.
    pub fn open(state: &Path, credential: Option<&Path>) -> Result<Self, RegistryError> {
        let vault = Vault::open(state, credential)?;
        let mut db = Connection::open(state.join("registry.db"))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        // A plan that depended on what is asked for would be made anew each time.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        schema::migrate(&mut db)?;
        db.execute(NEVER_IN_SERVICE, [])?;
        db.execute(NEVER_SET, [])?;
        let registry = Self { db, bundles: Bundles::open(state)?, vault };
        registry.check_key()?;
        Ok(registry)
    }
}

/// The file of a module's bytecode. Its name is in it, for stacks; another release may have another engine.
fn bytecode_of(bundle: &str, function: &Name) -> String {
    format!("{bundle}.{function}.{}.bytecode", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests;
