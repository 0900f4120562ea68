//! All that the registry holds becomes what another one holds, at once.

use std::collections::BTreeSet;
use std::path::Path;

use bunbase_manifest::Name;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{Registry, RegistryError};

/// What is replaced; those that others refer to come first. A table that is not here stays as it is.
const TABLES: [&str; 6] =
    ["versions", "deployments", "functions", "variables", "sealed", "secrets"];

impl Registry {
    /// Whether there is nothing that a restore would replace.
    pub fn is_empty(&self) -> Result<bool, RegistryError> {
        for table in TABLES {
            let query = format!("SELECT EXISTS (SELECT 1 FROM {table})");
            if self.db.query_row(&query, [], |row| row.get(0))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes over what a checked database of the same schema holds, whose files are in place. Returns the functions that were in service or are.
    /// When this returns, it is on the disk; until then nothing has changed.
    pub fn replace_with(&mut self, database: &Path) -> Result<BTreeSet<Name>, RegistryError> {
        let mut names = self.names()?;
        self.db.execute("ATTACH ? AS restored", [database.to_string_lossy()])?;
        let taken = take_over(&mut self.db);
        // It is read no more, whether or not it can be detached.
        let detached = self.db.execute("DETACH restored", []);
        taken?;
        if let Err(error) = detached {
            tracing::warn!(%error, "cannot let go of the database that was restored");
        }
        names.append(&mut self.names()?);
        Ok(names)
    }

    fn names(&self) -> Result<BTreeSet<Name>, RegistryError> {
        let mut statement = self.db.prepare_cached("SELECT name FROM functions")?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?;
        // Only names that are some have been stored.
        Ok(names
            .filter_map(|name| name.map(|name| name.parse().ok()).transpose())
            .collect::<Result<_, _>>()?)
    }

    /// How many versions there are.
    pub fn count_versions(&self) -> Result<u64, RegistryError> {
        Ok(self.db.query_row("SELECT count(*) FROM versions", [], |row| row.get(0))?)
    }
}

fn take_over(db: &mut Connection) -> Result<(), RegistryError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // schedulerd knows deployments by numbers that grow: those that come in get new ones.
    let last = "SELECT coalesce(max(seq), 0) FROM main.sqlite_sequence WHERE name = 'deployments'";
    let last: i64 = transaction.query_row(last, [], |row| row.get(0))?;
    for table in TABLES.into_iter().rev() {
        transaction.execute(&format!("DELETE FROM main.{table}"), [])?;
    }
    for table in TABLES {
        fill(&transaction, table, last)?;
    }
    Ok(transaction.commit()?)
}

fn fill(transaction: &Transaction<'_>, table: &str, last: i64) -> Result<(), RegistryError> {
    let query = "SELECT name FROM pragma_table_info(?, 'main') ORDER BY cid";
    let mut statement = transaction.prepare(query)?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0))?;
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    let value = |name: &String| match name.as_str() {
        "revision" => format!("revision + {last}"),
        name => name.to_owned(),
    };
    let values: Vec<String> = names.iter().map(value).collect();
    let (names, values) = (names.join(", "), values.join(", "));
    // In the order in which they were stored.
    let order = if table == "versions" { " ORDER BY rowid" } else { "" };
    let insert =
        format!("INSERT INTO main.{table} ({names}) SELECT {values} FROM restored.{table}{order}");
    transaction.execute(&insert, [])?;
    Ok(())
}
