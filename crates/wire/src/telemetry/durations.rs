//! A histogram of durations.

use serde::{Deserialize, Serialize};

/// Upper bounds of the buckets, in microseconds, each included; one more bucket has what took longer.
pub const BOUNDS_US: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 10_000_000, 30_000_000,
];

/// How many buckets there are.
pub const BUCKETS: usize = BOUNDS_US.len() + 1;

/// How many durations fell into each bucket, and their sum. Adding one takes no allocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Durations {
    /// By bucket, as in [`BOUNDS_US`]; the last one has what took longer.
    pub buckets: [u64; BUCKETS],
    /// Of all, in microseconds.
    pub sum_us: u64,
}

impl Durations {
    /// One more.
    pub fn add(&mut self, us: u64) {
        let bucket = &mut self.buckets[BOUNDS_US.partition_point(|bound| *bound < us)];
        *bucket = bucket.saturating_add(1);
        self.sum_us = self.sum_us.saturating_add(us);
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |all, n| all.saturating_add(*n))
    }

    /// Those of another histogram as well.
    pub fn merge(&mut self, other: &Self) {
        let all = self.buckets.iter_mut().zip(other.buckets);
        all.for_each(|(bucket, n)| *bucket = bucket.saturating_add(n));
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
    }

    /// In how many microseconds `percent` of them were done, as Prometheus' `histogram_quantile` estimates it: as if those in a bucket
    /// were spread evenly over it. The largest bound stands for all beyond it. None of nothing.
    #[must_use]
    pub fn percentile_us(&self, percent: u64) -> Option<u64> {
        let wanted = self.count().saturating_mul(percent).div_ceil(100).max(1);
        let (mut before, mut lower) = (0_u64, 0_u64);
        for (index, n) in self.buckets.into_iter().enumerate() {
            let Some(&upper) = BOUNDS_US.get(index) else { break };
            if before.saturating_add(n) >= wanted {
                let share = u128::from(upper - lower) * u128::from(wanted - before) / u128::from(n);
                return u64::try_from(u128::from(lower) + share).ok();
            }
            (before, lower) = (before.saturating_add(n), upper);
        }
        BOUNDS_US.last().copied().filter(|_| self.count() > 0)
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

    #[test]
    fn a_percentile_lies_in_its_bucket_where_those_in_it_are_spread_evenly() {
        let mut durations = Durations::default();
        (0..100).for_each(|_| durations.add(1500));
        assert_eq!(
            [1, 50, 99, 100].map(|p| durations.percentile_us(p)),
            [1015, 1750, 2485, 2500].map(Some)
        );
        let mut all = Durations::default();
        (0..100).for_each(|_| all.add(80));
        all.merge(&durations);
        assert_eq!((all.count(), all.sum_us), (200, 158_000));
        assert_eq!(all.percentile_us(50), Some(100));
    }
}
