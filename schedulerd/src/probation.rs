//! Functions whose workers had to be ended lately: their next ones compute behind all others, which the kernel lets go first at once.
//!
//! A new process that computes is not interrupted before the scheduler's next tick, up to 4 ms later, by one of the same weight that
//! wakes up meanwhile. A function that loops has a new process at each of its timeouts, and each of them would cost everybody else a tick.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bunbase_manifest::Name;

/// How long a function is on probation after it has had to be stopped.
const PROBATION: Duration = Duration::from_secs(60);

/// Who is on probation, and until when.
#[derive(Debug, Default)]
pub struct Probation(HashMap<Name, Instant>);

impl Probation {
    /// A worker of this function had to be ended.
    pub fn begin(&mut self, function: &Name, now: Instant) {
        self.0.retain(|_, until| *until > now);
        self.0.insert(function.clone(), now + PROBATION);
    }

    /// Whether this one is.
    pub fn holds(&self, function: &Name, now: Instant) -> bool {
        self.0.get(function).is_some_and(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_on_probation_for_a_while_after_the_last_time() {
        let (mut probation, now) = (Probation::default(), Instant::now());
        let [loops, behaves]: [Name; 2] = ["loops", "behaves"].map(|name| name.parse().unwrap());
        probation.begin(&loops, now);
        assert!(probation.holds(&loops, now) && !probation.holds(&behaves, now));
        probation.begin(&loops, now + PROBATION / 2);
        assert!(probation.holds(&loops, now + PROBATION));
        assert!(!probation.holds(&loops, now + PROBATION * 2));
    }
}
