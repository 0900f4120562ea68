//! All that happens by chance, from one number.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Dice that fall in the same way for the same seed.
#[derive(Debug)]
pub struct Dice(RefCell<fastrand::Rng>);

impl Dice {
    /// Dice of this seed.
    pub fn new(seed: u64) -> Self {
        Self(RefCell::new(fastrand::Rng::with_seed(seed)))
    }

    /// True in so many of a thousand cases.
    pub fn chance(&self, per_mille: u32) -> bool {
        self.0.borrow_mut().u32(0..1000) < per_mille
    }

    /// A number of these.
    pub fn between(&self, range: RangeInclusive<u64>) -> u64 {
        self.0.borrow_mut().u64(range)
    }

    /// As [`Dice::between`], for counts.
    pub fn count(&self, range: RangeInclusive<usize>) -> usize {
        self.0.borrow_mut().usize(range)
    }

    /// So many milliseconds.
    pub fn ms(&self, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.between(range))
    }

    /// One of these.
    pub fn pick<T: Copy>(&self, items: &[T]) -> T {
        items[self.0.borrow_mut().usize(0..items.len())]
    }
}
