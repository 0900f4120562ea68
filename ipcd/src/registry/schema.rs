//! Numbered migrations; `user_version` says which have been applied.

use std::path::Path;

use rusqlite::Connection;

use super::{RegistryError, copy};

/// In order; one that has been released is never changed.
const MIGRATIONS: [&str; 5] = [
    include_str!("../../migrations/0001_registry.sql"),
    include_str!("../../migrations/0002_env.sql"),
    include_str!("../../migrations/0003_secrets.sql"),
    include_str!("../../migrations/0004_staged.sql"),
    include_str!("../../migrations/0005_staged_versions.sql"),
];

/// The number of the last migration that this release knows.
pub(super) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// The number of the last one that was applied.
pub(super) fn at(db: &Connection) -> Result<u32, RegistryError> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Applies what has not been applied; what was there before is kept beside it.
pub(super) fn migrate_in(state: &Path, db: &mut Connection) -> Result<(), RegistryError> {
    let at = at(db)?;
    if 0 < at && at < known() {
        tracing::info!(event = "migrating", from = at, to = known(), "the registry is migrated");
        copy::before_migration(db, state, at + 1)?;
    }
    migrate(db)
}

/// Applies what has not been applied.
pub(super) fn migrate(db: &mut Connection) -> Result<(), RegistryError> {
    migrate_to(db, known())
}

/// As [`migrate`], up to a number.
pub(super) fn migrate_to(db: &mut Connection, last: u32) -> Result<(), RegistryError> {
    let (at, known) = (at(db)?, known());
    if at > known {
        return Err(RegistryError::TooNew { found: at, known });
    }
    for (number, sql) in (1..=last).zip(MIGRATIONS).skip(at as usize) {
        let transaction = db.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
