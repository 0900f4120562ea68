//! A database that somebody else wrote: whether it can become the registry. Nothing in it is believed.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use bunbase_manifest::{Manifest, Name, Variables, Version, check_variables};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};

use super::{NEVER_SET, RegistryError, backup, schema, staged};

/// Numbers of deployments that leave room for more.
const MOST_REVISION: u64 = 1 << 48;

/// Why it can't.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// SQLite can't read it.
    #[error("its registry.db is no SQLite database")]
    NoDatabase,
    /// It is damaged.
    #[error("its registry.db is damaged: {0}")]
    Damaged(String),
    /// It is something else.
    #[error("its registry.db has not the tables of schema {0}")]
    OtherTables(u32),
    /// What is in it fits not together, or can't be.
    #[error("its registry.db has what can't be: {0}")]
    Content(String),
    /// It is of a later release, or can't be brought up to this one.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NoDatabase,
            _ => Self::Damaged(error.to_string()),
        }
    }
}

/// Checks a copy of it, brings that to the schema of this release, and returns what is in service. `files`: the bundles and source maps that come
/// with it.
pub fn check(path: &Path, files: &HashSet<&str>) -> Result<Vec<Manifest>, Unusable> {
    let mut db = Connection::open(path)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    check_integrity(&db)?;
    check_tables(&db)?;
    schema::migrate(&mut db)?;
    db.pragma_update(None, "foreign_keys", true)?;
    staged::forget_all(&mut db)?;
    db.execute(NEVER_SET, [])?;
    check_references(&db)?;
    check_files(&db, files)?;
    check_variables_of_all(&db)?;
    let in_service = check_versions(&db)?;
    db.close().map_err(|(_, error)| error)?;
    Ok(in_service)
}

fn check_integrity(db: &Connection) -> Result<(), Unusable> {
    let said: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(Unusable::Damaged(said)) }
}

/// The very tables and columns that our migrations make, and no trigger, view or computed column.
fn check_tables(db: &Connection) -> Result<(), Unusable> {
    let at = schema::at(db)?;
    if at > schema::known() {
        return Err(RegistryError::TooNew { found: at, known: schema::known() }.into());
    }
    let mut ours = Connection::open_in_memory()?;
    schema::migrate_to(&mut ours, at)?;
    if at > 0 && tables(db)? == tables(&ours)? { Ok(()) } else { Err(Unusable::OtherTables(at)) }
}

fn tables(db: &Connection) -> rusqlite::Result<Vec<[String; 4]>> {
    let mut statement = db.prepare(
        "SELECT 'object', type, name, tbl_name FROM sqlite_schema
         UNION ALL SELECT schema, type, name, strict FROM pragma_table_list
         UNION ALL SELECT 'column', l.name, c.name, c.type || c.pk || c.hidden
             FROM pragma_table_list AS l JOIN pragma_table_xinfo(l.name) AS c
         ORDER BY 1, 2, 3, 4",
    )?;
    let rows = statement.query_map([], |row| {
        let text = |n| row.get::<_, rusqlite::types::Value>(n).map(|value| format!("{value:?}"));
        Ok([text(0)?, text(1)?, text(2)?, text(3)?])
    })?;
    rows.collect()
}

fn check_references(db: &Connection) -> Result<(), Unusable> {
    let mut statement = db.prepare("PRAGMA foreign_key_check")?;
    let broken = statement.exists([])?;
    let others =
        "SELECT count(*) FROM functions JOIN deployments USING (revision) WHERE name <> function";
    let others: u64 = db.query_row(others, [], |row| row.get(0))?;
    let last = "SELECT coalesce(max(revision), 0) FROM deployments";
    let last: i64 = db.query_row(last, [], |row| row.get(0))?;
    let first = "SELECT coalesce(min(revision), 1) FROM deployments";
    let first: i64 = db.query_row(first, [], |row| row.get(0))?;
    if broken || others > 0 || first < 1 || last.unsigned_abs() > MOST_REVISION {
        return Err(content("deployments that don't fit to functions and versions"));
    }
    Ok(())
}

fn check_files(db: &Connection, files: &HashSet<&str>) -> Result<(), Unusable> {
    match backup::files(db)?.into_iter().find(|name| !files.contains(name.as_str())) {
        None => Ok(()),
        Some(missing) => {
            Err(content(&format!("a version whose file {missing:?} is not in the backup")))
        }
    }
}

/// Of each function, set now and at each deployment.
fn check_variables_of_all(db: &Connection) -> Result<(), Unusable> {
    let mut all: BTreeMap<Name, Variables> = BTreeMap::new();
    let mut statement = db.prepare("SELECT function, name, value FROM variables")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    for row in rows {
        let (function, name, value) = row?;
        all.entry(parsed(&function)?).or_default().insert(name, value);
    }
    let mut statement = db.prepare("SELECT DISTINCT env FROM deployments")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let each =
        rows.map(|env| serde_json::from_str(&env?).map_err(|error| content(&error.to_string())));
    let each: Vec<Variables> = each.collect::<Result<_, Unusable>>()?;
    for variables in each.iter().chain(all.values()) {
        check_variables(variables).map_err(|invalid| content(&invalid.to_string()))?;
    }
    Ok(())
}

fn check_versions(db: &Connection) -> Result<Vec<Manifest>, Unusable> {
    let mut statement = db.prepare(
        "SELECT function, version, manifest, (function, version) IN
             (SELECT function, version FROM functions JOIN deployments USING (revision))
         FROM versions",
    )?;
    let rows = statement.query_map([], |row| {
        let manifest: String = row.get(2)?;
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, manifest, row.get(3)?))
    })?;
    let mut in_service = Vec::new();
    for row in rows {
        let (function, version, manifest, is_in_service): (_, _, _, bool) = row?;
        let manifest = check_version(&function, &version, &manifest)?;
        is_in_service.then(|| in_service.push(manifest));
    }
    Ok(in_service)
}

fn check_version(function: &str, version: &str, manifest: &str) -> Result<Manifest, Unusable> {
    version.parse::<Version>().map_err(|error| content(&error.to_string()))?;
    let parsed: Manifest =
        serde_json::from_str(manifest).map_err(|error| content(&error.to_string()))?;
    parsed.check().map_err(|invalid| content(&invalid.to_string()))?;
    match parsed.name.as_str() == function {
        true => Ok(parsed),
        false => Err(content(&format!("a version of {function:?} that is one of {}", parsed.name))),
    }
}

fn parsed(name: &str) -> Result<Name, Unusable> {
    name.parse().map_err(|_| content(&format!("a function {name:?}")))
}

fn content(what: &str) -> Unusable {
    Unusable::Content(what.to_owned())
}
