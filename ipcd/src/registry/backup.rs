//! One state of the registry for a backup, taken beside the connection that writes.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{RegistryError, copy, schema};

/// All bundles and source maps that any version has.
const FILES: &str = "SELECT bundle FROM versions UNION
     SELECT source_map FROM versions WHERE source_map IS NOT NULL ORDER BY 1";

/// What was copied.
#[derive(Debug)]
pub struct Copied {
    /// The schema.
    pub schema: u32,
    /// The names of the bundles and source maps that are part of it.
    pub files: Vec<String>,
    /// Functions in service.
    pub functions: u64,
    /// Versions.
    pub versions: u64,
}

/// Copies the registry of a state directory, as it is now, to a path where nothing is.
pub fn copy_to(state: &Path, path: &Path) -> Result<Copied, RegistryError> {
    copy::write(&beside(state)?, path)?;
    // From here on the copy is all that counts.
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let count = |query: &str| db.query_row(query, [], |row| row.get::<_, u64>(0));
    Ok(Copied {
        schema: schema::at(&db)?,
        files: files(&db)?,
        functions: count("SELECT count(*) FROM functions")?,
        versions: count("SELECT count(*) FROM versions")?,
    })
}

/// Keeps what is there before it is replaced.
pub fn keep_aside(state: &Path) -> Result<(), RegistryError> {
    Ok(copy::keep(&beside(state)?, state, copy::BEFORE_RESTORE)?)
}

/// The names of all bundles and source maps that versions have.
pub(super) fn files(db: &Connection) -> Result<Vec<String>, RegistryError> {
    let mut statement = db.prepare(FILES)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn beside(state: &Path) -> Result<Connection, RegistryError> {
    let path = state.join("registry.db");
    Ok(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}
