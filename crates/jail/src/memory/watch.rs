//! Looking at the size of workers, and whose limit is passed.

use std::collections::HashMap;
use std::hash::Hash;
use std::io::Result;
use std::time::Duration;

use nix::unistd::Pid;

use super::resident::Resident;

/// How long to wait between two looks, so that who passes the limit right after one of them has ended within 50 ms: this long until the
/// next one, and the rest for the end of a process that has grown by some 100 MB meanwhile.
pub const INTERVAL: Duration = Duration::from_millis(15);

/// A process that has more memory than it may, and is to be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over<K> {
    /// Which one.
    pub key: K,
    /// What it may have, in bytes.
    pub limit: u64,
    /// The most that it was seen to have.
    pub peak: u64,
}

/// The processes that are looked at, each by what its owner knows it by.
///
/// An event loop asks [`Watch::is_needed`] as the guard of a timer of [`INTERVAL`], so that without such a process there is no timer, and calls
/// [`Watch::look`] when that fires:
///
/// ```ignore
/// () = sleep(INTERVAL), if shell.watch.is_needed() => shell.kill_all(shell.watch.look()),
/// ```
#[derive(Debug)]
pub struct Watch<K> {
    all: HashMap<K, Watched>,
}

#[derive(Debug)]
struct Watched {
    resident: Resident,
    size: Size,
}

/// What is known of one process's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    limit: u64,
    peak: u64,
}

impl<K: Copy + Eq + Hash> Watch<K> {
    /// Looks at a process from now on.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn add(&mut self, key: K, pid: Pid, limit: u64) -> Result<()> {
        let (resident, size) = (Resident::of(pid)?, Size { limit, peak: 0 });
        self.all.insert(key, Watched { resident, size });
        Ok(())
    }

    /// Looks at it no more; says the most that it was seen to have.
    pub fn remove(&mut self, key: K) -> Option<u64> {
        self.all.remove(&key).map(|watched| watched.size.peak)
    }

    /// Whether there is anything to look at.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        !self.all.is_empty()
    }

    /// Looks at all of them. Who is over the limit is said once, and looked at no more; so is who has ended, which isn't said.
    pub fn look(&mut self) -> Vec<Over<K>> {
        let mut over = Vec::new();
        self.all.retain(|key, Watched { resident, size }| {
            let Ok(bytes) = resident.read() else { return false };
            let is_over = size.passes(bytes);
            over.extend(is_over.then_some(Over { key: *key, limit: size.limit, peak: size.peak }));
            !is_over
        });
        over
    }
}

impl<K> Default for Watch<K> {
    fn default() -> Self {
        Self { all: HashMap::new() }
    }
}

impl Size {
    /// Takes in what it is now; whether that is too much.
    fn passes(&mut self, bytes: u64) -> bool {
        self.peak = self.peak.max(bytes);
        bytes > self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_not_passed_and_the_peak_is_kept() {
        let mut size = Size { limit: 100, peak: 0 };
        assert_eq!([40, 100, 30].map(|bytes| size.passes(bytes)), [false; 3]);
        assert_eq!(size.peak, 100);
        assert!(size.passes(101));
        assert_eq!(size, Size { limit: 100, peak: 101 });
    }

    #[test]
    fn nobody_is_looked_at_for_longer_than_needed() {
        let mut watch = Watch::default();
        assert!(!watch.is_needed());
        watch.add('a', Pid::this(), 1).unwrap();
        watch.add('b', Pid::this(), u64::MAX).unwrap();
        let over = watch.look();
        assert_eq!(over.len(), 1);
        assert!(over[0].key == 'a' && over[0].limit == 1 && over[0].peak > 1, "{over:?}");
        assert_eq!(watch.look(), []);
        assert!(watch.remove('b').unwrap() > 1);
        assert!(!watch.is_needed());
    }

    #[test]
    fn who_has_ended_is_forgotten() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = Pid::from_raw(child.id().cast_signed());
        let mut watch = Watch::default();
        watch.add((), pid, u64::MAX).unwrap();
        child.kill().and_then(|()| child.wait()).unwrap();
        assert_eq!(watch.look(), []);
        assert!(!watch.is_needed());
        assert!(watch.add((), pid, 1).is_err());
    }
}
