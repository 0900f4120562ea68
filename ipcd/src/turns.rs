//! One change of a function at a time, and none while the whole registry is replaced.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bunbase_manifest::Name;
use bunbase_wire::ipc::ErrorCode;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use tokio::time::timeout;

use crate::command::{Answer, failed};

/// How long a change waits that may wait. A deploy takes less, but for modules that load for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whose turn it is, for each function that is being changed.
#[derive(Debug)]
pub struct Turns {
    functions: RefCell<HashMap<Name, Arc<Mutex<()>>>>,
    registry: Arc<RwLock<()>>,
    patience: Duration,
}

/// The turn to change one function.
#[derive(Debug)]
#[must_use = "it lasts as long as this"]
pub struct Turn {
    _stay: Stay,
    _function: OwnedMutexGuard<()>,
}

/// The registry stays the one that it is: functions may be changed, but it is not replaced.
#[derive(Debug)]
#[must_use = "it lasts as long as this"]
pub struct Stay {
    _registry: OwnedRwLockReadGuard<()>,
}

/// The turn to change everything.
#[derive(Debug)]
#[must_use = "it lasts as long as this"]
pub struct WholeTurn {
    _registry: OwnedRwLockWriteGuard<()>,
}

/// Somebody else has the turn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// Of this function.
    #[error(
        "another deploy or change of {0} is under way, and nothing was changed; \
         look at \"bunbase show {0}\", then try again"
    )]
    Function(Name),
    /// Of everything.
    #[error(
        "a restore is under way, and nothing was changed; look at \"bunbase ls\", then try again"
    )]
    Registry,
    /// The registry can't be replaced yet.
    #[error(
        "deploys or backups are under way, and nothing was changed; try again when they are over"
    )]
    Busy,
}

impl From<Taken> for Answer {
    fn from(taken: Taken) -> Self {
        failed(ErrorCode::Conflict, &taken.to_string())
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self { functions: RefCell::default(), registry: Arc::default(), patience: PATIENCE }
    }
}

impl Turns {
    /// The turn to change a function, which lasts as long as what is returned.
    ///
    /// # Errors
    /// When somebody else has it.
    pub fn take(&self, function: &Name) -> Result<Turn, Taken> {
        let stay = Arc::clone(&self.registry).try_read_owned().map_err(|_| Taken::Registry)?;
        let turn = self.enter(function).try_lock_owned();
        let turn = turn.map_err(|_| Taken::Function(function.clone()))?;
        Ok(Turn { _stay: Stay { _registry: stay }, _function: turn })
    }

    /// The same for a change that may wait for others, for some time.
    ///
    /// # Errors
    /// When it took longer.
    pub async fn wait_for(&self, function: &Name) -> Result<Turn, Taken> {
        let stay = self.stay().await?;
        let turn = timeout(self.patience, self.enter(function).lock_owned()).await;
        let turn = turn.map_err(|_| Taken::Function(function.clone()))?;
        Ok(Turn { _stay: stay, _function: turn })
    }

    /// Keeps the registry from being replaced. Waits while it is.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn stay(&self) -> Result<Stay, Taken> {
        let stay = timeout(self.patience, Arc::clone(&self.registry).read_owned()).await;
        stay.map(|guard| Stay { _registry: guard }).map_err(|_| Taken::Registry)
    }

    /// The turn to change everything. Waits for all changes that are under way, and lets none begin.
    ///
    /// # Errors
    /// When they take too long.
    pub async fn of_all(&self) -> Result<WholeTurn, Taken> {
        let turn = timeout(self.patience, Arc::clone(&self.registry).write_owned()).await;
        turn.map(|guard| WholeTurn { _registry: guard }).map_err(|_| Taken::Busy)
    }

    fn enter(&self, function: &Name) -> Arc<Mutex<()>> {
        let mut all = self.functions.borrow_mut();
        // Those that nobody has or waits for.
        all.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(all.entry(function.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns() -> (Turns, Name, Name) {
        let turns = Turns { patience: Duration::from_millis(20), ..Turns::default() };
        let [one, other] = ["one", "other"].map(|name| name.parse().unwrap());
        (turns, one, other)
    }

    #[tokio::test]
    async fn a_change_of_a_function_that_is_being_changed_is_a_conflict_and_one_of_another_is_not()
    {
        let (turns, one, other) = turns();
        let turn = turns.take(&one).unwrap();
        assert_eq!(turns.take(&one).unwrap_err(), Taken::Function(one.clone()));
        assert!(turns.take(&other).is_ok());
        drop(turn);
        assert!(turns.take(&one).is_ok());
        assert_eq!(turns.functions.borrow().len(), 1, "what nobody waits for is forgotten");
    }

    #[tokio::test]
    async fn a_change_that_may_wait_does_so_for_some_time() {
        let (turns, one, _) = turns();
        let turn = turns.take(&one).unwrap();
        assert_eq!(turns.wait_for(&one).await.unwrap_err(), Taken::Function(one.clone()));
        let (waited, ()) = tokio::join!(turns.wait_for(&one), async { drop(turn) });
        assert!(waited.is_ok());
    }

    #[tokio::test]
    async fn while_everything_is_changed_no_change_of_one_begins_and_the_other_way_round() {
        let (turns, one, _) = turns();
        let turn = turns.take(&one).unwrap();
        assert_eq!(turns.of_all().await.unwrap_err(), Taken::Busy);
        let (all, ()) = tokio::join!(turns.of_all(), async {
            assert_eq!(turns.take(&"two".parse().unwrap()).unwrap_err(), Taken::Registry);
            drop(turn);
        });
        assert_eq!(turns.take(&one).unwrap_err(), Taken::Registry);
        assert_eq!(turns.wait_for(&one).await.unwrap_err(), Taken::Registry);
        drop(all.unwrap());
        let _stay = turns.stay().await.unwrap();
        assert!(turns.take(&one).is_ok());
    }
}
