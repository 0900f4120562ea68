//! A user for each worker: a place in the range that nobody alive has.

use std::collections::{HashMap, HashSet};

use rustix::process::Pid;

/// Who has which place.
#[derive(Debug)]
pub struct Places {
    taken: HashMap<Pid, u32>,
    /// For processes that have no number yet.
    reserved: HashSet<u32>,
    count: u32,
    next: u32,
}

impl Places {
    /// So many places, none taken. Who started before may still be there, unknown to us: places from `first` on are given first.
    pub fn new(count: u32, first: u32) -> Self {
        Self { taken: HashMap::new(), reserved: HashSet::new(), count, next: first % count.max(1) }
    }

    /// A place that nobody has, for a process to come: the one that has been free for longest, or nearly so.
    pub fn reserve(&mut self) -> Option<u32> {
        let used: HashSet<u32> = self.taken.values().chain(&self.reserved).copied().collect();
        let from = |step| (self.next + step) % self.count;
        let place = (0..self.count).map(from).find(|place| !used.contains(place))?;
        self.next = (place + 1) % self.count;
        self.reserved.insert(place);
        Some(place)
    }

    /// The process has come, or will not.
    pub fn settle(&mut self, place: u32, process: Option<Pid>) {
        self.reserved.remove(&place);
        process.map(|pid| self.taken.insert(pid, place));
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
            let place = places.reserve().unwrap();
            places.settle(place, Some(pid(n)));
        }
        assert_eq!(places.reserve(), None);
        places.leave(pid(2));
        assert_eq!(places.reserve(), Some(1));
        assert_eq!(places.reserve(), None, "it is reserved");
        places.settle(1, None);
        places.leave(pid(1));
        assert_eq!(places.reserve(), Some(0), "1 has only just been left");
    }
}
