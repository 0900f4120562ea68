//! A user for each worker: a place in the range that nobody alive has.

use std::collections::HashMap;

use rustix::process::Pid;

/// Who has which place.
#[derive(Debug)]
pub struct Places {
    taken: HashMap<Pid, u32>,
    count: u32,
    next: u32,
}

impl Places {
    /// So many places, none taken. Who started before may still be there, unknown to us: places from `first` on are given first.
    pub fn new(count: u32, first: u32) -> Self {
        Self { taken: HashMap::new(), count, next: first % count.max(1) }
    }

    /// A place that nobody has: the one that has been free for longest, or nearly so.
    pub fn free(&mut self) -> Option<u32> {
        let place = (0..self.count)
            .map(|step| (self.next + step) % self.count)
            .find(|place| !self.taken.values().any(|taken| taken == place))?;
        self.next = (place + 1) % self.count;
        Some(place)
    }

    /// This process has it now.
    pub fn take(&mut self, place: u32, pid: Pid) {
        self.taken.insert(pid, place);
    }

    /// This process has ended.
    pub fn leave(&mut self, pid: Pid) {
        self.taken.remove(&pid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_that_live_have_the_same_place_and_one_that_is_left_is_taken_last() {
        let mut places = Places::new(3, 3);
        let pid = |n| Pid::from_raw(n).unwrap();
        for n in 1..=3 {
            let place = places.free().unwrap();
            places.take(place, pid(n));
        }
        assert_eq!(places.free(), None);
        places.leave(pid(2));
        assert_eq!(places.free(), Some(1));
        places.leave(pid(1));
        assert_eq!(places.free(), Some(0), "1 has only just been left");
    }
}
