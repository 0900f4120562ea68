//! What is in use of all CPUs together, see proc_stat(5).

/// Ticks in use, and all ticks.
pub fn used() -> (u64, u64) {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let all = stat.lines().next().unwrap().split_whitespace().skip(1);
    let ticks: Vec<u64> = all.take(8).map(|ticks| ticks.parse().unwrap()).collect();
    let (sum, idle) = (ticks.iter().sum::<u64>(), ticks[3] + ticks[4]);
    (sum - idle, sum)
}

/// The share in use between two moments.
#[allow(clippy::cast_precision_loss)]
pub fn share(before: (u64, u64), after: (u64, u64)) -> f64 {
    after.0.saturating_sub(before.0) as f64 / (after.1 - before.1).max(1) as f64
}
