//! Reading the registry.

use std::fs::File;

use bunbase_manifest::{Manifest, Name, Variables, Version};
use bunbase_wire::ipc::FunctionSummary;
use rusqlite::{OptionalExtension, Row};

use super::{Registry, RegistryError, bytecode_of};

/// A function in service.
#[derive(Debug)]
pub struct Served {
    /// Its version.
    pub version: Version,
    /// Grows with each deployment.
    pub revision: u64,
    /// Everything decided about it.
    pub manifest: Manifest,
    /// What was said at its deploy.
    pub message: Option<String>,
    /// When that was, RFC 3339.
    pub deployed_at: String,
    /// The size of its bundle.
    pub bundle_bytes: u64,
    /// The SHA-256 of its bundle, in hex.
    pub bundle: String,
    source_map: Option<String>,
    /// The variables that were set on the server when it was deployed.
    pub variables: Variables,
}

const SERVED: &str = "
    SELECT version, revision, manifest, message, deployed_at, bundle_bytes, bundle, source_map, env
    FROM functions JOIN deployments USING (revision) JOIN versions USING (function, version)";

const DEPLOYED: &str = "
    SELECT version, revision, manifest, message, deployed_at, bundle_bytes, bundle, source_map, env
    FROM deployments JOIN versions USING (function, version)
    WHERE function = ? AND revision = ?";

impl Registry {
    /// What is in service under a name.
    pub fn served(&self, name: &Name) -> Result<Option<Served>, RegistryError> {
        let mut statement = self.db.prepare_cached(&format!("{SERVED} WHERE name = ?"))?;
        let row = statement.query_row([name.as_str()], columns).optional()?;
        row.map(served).transpose()
    }

    /// Whether a version is stored under this name, in service or not.
    pub fn knows(&self, name: &Name) -> Result<bool, RegistryError> {
        let stored = "SELECT EXISTS (SELECT 1 FROM versions WHERE function = ?)";
        Ok(self.db.prepare_cached(stored)?.query_row([name.as_str()], |row| row.get(0))?)
    }

    /// A deployment, in service or not.
    pub fn deployment(&self, name: &Name, revision: u64) -> Result<Option<Served>, RegistryError> {
        let mut statement = self.db.prepare_cached(DEPLOYED)?;
        let row = statement.query_row((name.as_str(), revision), columns).optional()?;
        row.map(served).transpose()
    }

    /// Functions in service that are to have workers at all times.
    pub fn kept(&self) -> Result<Vec<Name>, RegistryError> {
        let mut statement = self.db.prepare_cached(
            "SELECT name FROM functions JOIN deployments USING (revision)
             JOIN versions USING (function, version)
             WHERE json_extract(manifest, '$.scale.min') > 0 ORDER BY name",
        )?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?;
        // Only names that are some have been stored.
        names
            .filter_map(|name| name.map(|name| name.parse().ok()).transpose())
            .map(|name| Ok(name?))
            .collect()
    }

    /// The open bundle of a function in service.
    pub fn open_bundle(&self, served: &Served) -> Result<File, RegistryError> {
        Ok(self.bundles.open_file(&served.bundle)?)
    }

    /// Its open source map. A function does without one that can't be opened.
    pub fn open_source_map(&self, served: &Served) -> Option<File> {
        let name = served.source_map.as_ref()?;
        let opened = self.bundles.open_file(name);
        opened.inspect_err(|error| tracing::warn!(%error, "cannot open a source map")).ok()
    }

    /// The open bytecode of this function's module, whose bundle has this SHA-256, if there is any of this release.
    pub fn open_bytecode(&self, bundle: &str, function: &Name) -> Option<File> {
        self.bundles.open_file(&bytecode_of(bundle, function)).ok()
    }

    /// All functions in service, by name.
    pub fn list(&self) -> Result<Vec<FunctionSummary>, RegistryError> {
        let mut statement = self.db.prepare_cached(&format!("{SERVED} ORDER BY name"))?;
        let rows = statement.query_map([], columns)?;
        rows.map(|row| Ok(summary(served(row?)?))).collect()
    }

    /// How many there are.
    pub fn count(&self) -> Result<u64, RegistryError> {
        Ok(self.db.query_row("SELECT count(*) FROM functions", [], |row| row.get(0))?)
    }
}

type Columns = (String, u64, String, Option<String>, String, u64, String, Option<String>, String);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    row.try_into()
}

fn served(columns: Columns) -> Result<Served, RegistryError> {
    let (version, revision, manifest, message, deployed_at, bundle_bytes, bundle, source_map, env) =
        columns;
    let version = serde_json::from_value(version.into())?;
    let manifest = serde_json::from_str(&manifest)?;
    Ok(Served {
        version,
        revision,
        manifest,
        message,
        deployed_at,
        bundle_bytes,
        bundle,
        source_map,
        variables: serde_json::from_str(&env)?,
    })
}

fn summary(served: Served) -> FunctionSummary {
    FunctionSummary {
        name: served.manifest.name,
        version: served.version,
        runtime: served.manifest.runtime.to_string(),
        deployed_at: served.deployed_at,
    }
}
