//! Which timers are to fire when. Their callbacks are in `web/timers.js`.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// A timer that is to fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// Its number: what `setTimeout` returned.
    pub number: u32,
    /// The invocation that set it, if one did.
    pub origin: Option<u64>,
    every: Option<Duration>,
}

/// The timers that are set, ordered by time, then by the order in which they were set.
#[derive(Debug, Default)]
pub struct Timers {
    queue: BTreeMap<(Instant, u64), Timer>,
    places: HashMap<u32, (Instant, u64)>,
    set_so_far: u64,
    last_number: u32,
}

impl Timers {
    /// Sets a timer that fires `after` a time, and repeatedly if `repeats`; returns its number.
    pub fn set(
        &mut self,
        now: Instant,
        after: Duration,
        repeats: bool,
        origin: Option<u64>,
    ) -> u32 {
        self.last_number = self.last_number.wrapping_add(1).max(1);
        let timer = Timer { number: self.last_number, origin, every: repeats.then_some(after) };
        self.insert(now + after, timer);
        timer.number
    }

    fn insert(&mut self, when: Instant, timer: Timer) {
        self.set_so_far += 1;
        let place = (when, self.set_so_far);
        self.queue.insert(place, timer);
        self.places.insert(timer.number, place);
    }

    /// Forgets a timer; one that is not set is none of anybody's business.
    pub fn clear(&mut self, number: u32) {
        if let Some(place) = self.places.remove(&number) {
            self.queue.remove(&place);
        }
    }

    /// When the next one is to fire.
    pub fn next(&self) -> Option<Instant> {
        self.queue.keys().next().map(|(when, _)| *when)
    }

    /// Takes the next timer that was to fire by `now`. One that repeats is set again.
    pub fn due(&mut self, now: Instant) -> Option<Timer> {
        let first = self.queue.first_entry().filter(|entry| entry.key().0 <= now)?;
        let timer = first.remove();
        self.places.remove(&timer.number);
        if let Some(every) = timer.every {
            self.insert(now + every, timer);
        }
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn timers_fire_by_time_and_then_in_the_order_in_which_they_were_set() {
        let (now, mut timers) = (Instant::now(), Timers::default());
        let late = timers.set(now, 2 * MS, false, None);
        let first = timers.set(now, MS, false, None);
        let second = timers.set(now, MS, false, None);
        let fired: Vec<u32> =
            std::iter::from_fn(|| timers.due(now + 5 * MS)).map(|timer| timer.number).collect();
        assert_eq!(fired, [first, second, late]);
    }

    #[test]
    fn an_interval_fires_once_for_a_moment_and_is_set_again() {
        let (now, mut timers) = (Instant::now(), Timers::default());
        let number = timers.set(now, MS, true, Some(7));
        assert_eq!(timers.due(now + 9 * MS).map(|timer| timer.origin), Some(Some(7)));
        assert_eq!(timers.due(now + 9 * MS), None);
        assert_eq!(timers.due(now + 10 * MS).map(|timer| timer.number), Some(number));
    }

    #[test]
    fn a_cleared_timer_wakes_nobody() {
        let (now, mut timers) = (Instant::now(), Timers::default());
        let number = timers.set(now, MS, true, None);
        timers.clear(number);
        assert_eq!(timers.next(), None);
        assert_eq!(timers.due(now + MS), None);
    }
}
