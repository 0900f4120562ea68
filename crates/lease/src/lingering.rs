//! Invocations that go on behind their answer (`ctx.waitUntil`): the lease is kept for them, and their log lines have an id.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// Beyond this the oldest are forgotten, which costs their log lines the request's id.
const MAX_LINGERING: usize = 1024;

#[derive(Debug)]
struct Entry {
    request_id: String,
    /// When it is taken for over, whatever the worker says. Known once the lease is otherwise quiet.
    until: Option<Instant>,
}

/// The invocations of one stream of which the worker has said `pending` and not yet `done`.
#[derive(Debug, Default)]
pub(crate) struct Lingering {
    entries: BTreeMap<u64, Entry>,
}

impl Lingering {
    pub(crate) fn insert(&mut self, id: u64, request_id: String) {
        self.entries.insert(id, Entry { request_id, until: None });
        if self.entries.len() > MAX_LINGERING {
            self.entries.pop_first();
        }
    }

    /// It is over. One that was forgotten may be, too.
    pub(crate) fn remove(&mut self, id: u64) {
        self.entries.remove(&id);
    }

    pub(crate) fn request_id(&self, id: u64) -> Option<&str> {
        self.entries.get(&id).map(|entry| entry.request_id.as_str())
    }

    /// Whether anything goes on while the lease is not in use; for `limit` after the first question at most.
    pub(crate) fn keeps_lease(&mut self, now: Instant, limit: Duration) -> bool {
        self.entries.retain(|_, entry| now < *entry.until.get_or_insert(now + limit));
        !self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_pending_keeps_the_lease_until_it_is_done() {
        let (now, mut lingering) = (Instant::now(), Lingering::default());
        lingering.insert(1, "r".to_owned());
        assert!(lingering.keeps_lease(now, LIMIT));
        assert_eq!(lingering.request_id(1), Some("r"));
        lingering.remove(1);
        assert!(!lingering.keeps_lease(now, LIMIT));
    }

    #[test]
    fn a_worker_that_never_says_done_keeps_the_lease_no_longer_than_the_limit() {
        let (now, mut lingering) = (Instant::now(), Lingering::default());
        lingering.insert(1, "r".to_owned());
        assert!(lingering.keeps_lease(now, LIMIT));
        assert!(lingering.keeps_lease(now + LIMIT / 2, LIMIT));
        assert!(!lingering.keeps_lease(now + LIMIT, LIMIT));
    }

    #[test]
    fn no_more_are_remembered_than_the_bound() {
        let mut lingering = Lingering::default();
        (0..=MAX_LINGERING as u64).for_each(|id| lingering.insert(id, String::new()));
        assert_eq!(lingering.entries.len(), MAX_LINGERING);
        assert_eq!(lingering.request_id(0), None);
    }
}
