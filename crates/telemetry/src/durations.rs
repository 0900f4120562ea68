//! A histogram of durations.

/// Upper bounds of the buckets, in microseconds, each included; one more bucket has what took longer.
pub const BOUNDS_US: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 10_000_000, 30_000_000,
];

/// How many durations fell into each bucket, and their sum. Adding one takes no allocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// By bucket, as in [`BOUNDS_US`]; the last one has what took longer.
    pub buckets: [u64; BOUNDS_US.len() + 1],
    /// Of all, in microseconds.
    pub sum_us: u64,
}

impl Durations {
    /// One more.
    pub fn add(&mut self, us: u64) {
        self.buckets[BOUNDS_US.partition_point(|bound| *bound < us)] += 1;
        self.sum_us = self.sum_us.saturating_add(us);
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The bound, in microseconds, below which `percent` of them are; the largest bound stands for all beyond it.
    /// None of nothing.
    #[must_use]
    pub fn percentile_us(&self, percent: u64) -> Option<u64> {
        let wanted = self.count().saturating_mul(percent).div_ceil(100).max(1);
        let mut seen = 0;
        let reached = self.buckets.iter().position(|n| {
            seen += n;
            seen >= wanted
        })?;
        BOUNDS_US.get(reached).or(BOUNDS_US.last()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_on_a_bound_is_below_it_and_the_longest_are_kept() {
        let mut durations = Durations::default();
        [100, 101, u64::MAX].into_iter().for_each(|us| durations.add(us));
        assert_eq!((durations.buckets[0], durations.buckets[1], durations.buckets[16]), (1, 1, 1));
        assert_eq!(durations.percentile_us(50), Some(250));
        assert_eq!(durations.percentile_us(99), Some(30_000_000));
        assert_eq!(Durations::default().percentile_us(50), None);
    }
}
