//! Numbered migrations; `user_version` says which have been applied.

use rusqlite::Connection;

use super::RegistryError;

/// In order; one that has been released is never changed.
const MIGRATIONS: [&str; 3] = [
    include_str!("../../migrations/0001_registry.sql"),
    include_str!("../../migrations/0002_env.sql"),
    include_str!("../../migrations/0003_secrets.sql"),
];

pub(super) fn migrate(db: &mut Connection) -> Result<(), RegistryError> {
    let at: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if at > known {
        return Err(RegistryError::TooNew { found: at, known });
    }
    for (number, sql) in (1..).zip(MIGRATIONS).skip(at as usize) {
        let transaction = db.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
