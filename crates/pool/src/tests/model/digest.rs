//! Which pools are the same: those that decide the same from here on.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::state::State;
use crate::Pool;
use crate::function::{Function, Knowledge};

/// Every field is named, so that a new one can't be left out by mistake.
impl Hash for Pool {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let Self {
            functions,
            owners,
            leases,
            changes,
            waiting,
            short,
            timers,
            last_worker,
            last_lease,
            last_wish,
            draining,
            now,
            // Stay as they are.
            bounds: _,
            // Empty between two events.
            touched: _,
            actions: _,
        } = self;
        (functions, owners, leases, changes, waiting, short, timers).hash(hasher);
        (last_worker, last_lease, last_wish, draining, now).hash(hasher);
    }
}

impl Hash for Function {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let Self { knowledge, waiting, workers, rest, timer } = self;
        (waiting, workers, rest, timer).hash(hasher);
        std::mem::discriminant(knowledge).hash(hasher);
        if let Knowledge::Known(deployed) = knowledge {
            // The rest of it is the same for all.
            deployed.revision.hash(hasher);
        }
    }
}

/// As the checker compares them.
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        digest(self) == digest(other)
    }
}

fn digest(state: &State) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}
