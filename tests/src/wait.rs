//! Waiting for what happens soon, with an end.

use std::time::{Duration, Instant};

/// Between two looks.
const STEP: Duration = Duration::from_millis(5);

/// The longest that anything may take; generous, because tests share the machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Looks again and again until there is something.
///
/// # Panics
/// When there is nothing in time.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain for: {what}");
        std::thread::sleep(STEP);
    }
}

/// Looks again and again until it is so.
///
/// # Panics
/// When it isn't in time.
pub fn until_true(what: &str, mut look: impl FnMut() -> bool) {
    until(what, || look().then_some(()));
}
