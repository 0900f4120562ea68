//! One change of a function at a time: the next one waits for its turn.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use bunbase_manifest::Name;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Whose turn it is, for each function that is being changed.
#[derive(Debug, Default)]
pub struct Turns(RefCell<HashMap<Name, Arc<Mutex<()>>>>);

impl Turns {
    /// Waits for the turn to change a function, which lasts as long as what is returned.
    pub async fn of(&self, function: &Name) -> OwnedMutexGuard<()> {
        let turn = self.enter(function);
        turn.lock_owned().await
    }

    fn enter(&self, function: &Name) -> Arc<Mutex<()>> {
        let mut all = self.0.borrow_mut();
        // Those that nobody has or waits for.
        all.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(all.entry(function.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Duration, timeout};

    #[tokio::test]
    async fn changes_of_one_function_wait_for_each_other_and_not_for_another() {
        let turns = Turns::default();
        let [one, other]: [Name; 2] = ["one", "other"].map(|name| name.parse().unwrap());
        let turn = turns.of(&one).await;
        let moment = Duration::from_millis(10);
        assert!(timeout(moment, turns.of(&one)).await.is_err());
        assert!(timeout(moment, turns.of(&other)).await.is_ok());
        drop(turn);
        assert!(timeout(moment, turns.of(&one)).await.is_ok());
        assert_eq!(turns.0.borrow().len(), 1, "what nobody waits for is forgotten");
    }
}
