//! The bodies of answers that are streams: what has been sent and not acknowledged, and what waits for room.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bunbase_wire::worker::{Chunk, WINDOW};
use bytes::Bytes;

/// One answer's body.
#[derive(Debug, Default)]
struct Body {
    /// Sent, and not acknowledged.
    under_way: usize,
    /// For which there is no room yet. At most what the function gave at once: it is asked for no more meanwhile.
    waiting: Bytes,
    /// The function has given all.
    complete: bool,
}

/// What an acknowledgement has led to.
#[derive(Debug, PartialEq, Eq)]
pub struct Progress {
    /// There is room for more.
    pub has_room: bool,
    /// The last of it has been sent.
    pub ended: bool,
}

/// The host has acknowledged more than it was sent.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMuch;

/// The bodies under way, by invocation.
#[derive(Debug, Default)]
pub struct Bodies {
    open: HashMap<u64, Body>,
}

impl Body {
    /// Sends as much as there is room for.
    fn advance(&mut self, id: u64, send: &mut impl FnMut(Chunk)) {
        while !self.waiting.is_empty() && self.under_way < WINDOW {
            let count = self.waiting.len().min(WINDOW - self.under_way);
            self.under_way += count;
            send(Chunk { id, more: true, used: None, body: self.waiting.split_to(count) });
        }
    }

    fn has_room(&self) -> bool {
        !self.complete && self.waiting.is_empty() && self.under_way < WINDOW
    }
}

impl Bodies {
    /// An answer's head has been sent.
    pub fn begin(&mut self, id: u64) {
        self.open.insert(id, Body::default());
    }

    /// Nobody wants the rest.
    pub fn forget(&mut self, id: u64) {
        self.open.remove(&id);
    }

    /// More of a body. Whether still more is welcome; always, when nobody wants this one any more.
    pub fn add(&mut self, id: u64, bytes: Bytes, mut send: impl FnMut(Chunk)) -> bool {
        let Some(body) = self.open.get_mut(&id) else { return true };
        body.waiting = if body.waiting.is_empty() { bytes } else { joined(&body.waiting, &bytes) };
        body.advance(id, &mut send);
        body.has_room()
    }

    /// The body is whole. Whether its end has been sent with that.
    pub fn end(&mut self, id: u64, send: impl FnMut(Chunk)) -> bool {
        let Entry::Occupied(mut entry) = self.open.entry(id) else { return false };
        entry.get_mut().complete = true;
        finish(entry, send)
    }

    /// The host has passed on so many bytes.
    pub fn acknowledge(
        &mut self,
        id: u64,
        bytes: u64,
        mut send: impl FnMut(Chunk),
    ) -> Result<Progress, TooMuch> {
        // It may be about one that is over by now.
        let Entry::Occupied(mut entry) = self.open.entry(id) else {
            return Ok(Progress { has_room: false, ended: false });
        };
        let body = entry.get_mut();
        let bytes = usize::try_from(bytes).map_err(|_| TooMuch)?;
        body.under_way = body.under_way.checked_sub(bytes).ok_or(TooMuch)?;
        body.advance(id, &mut send);
        let has_room = body.has_room();
        Ok(Progress { has_room, ended: finish(entry, send) })
    }
}

/// Sends the end of a body of which nothing is left to send.
fn finish(
    entry: std::collections::hash_map::OccupiedEntry<'_, u64, Body>,
    mut send: impl FnMut(Chunk),
) -> bool {
    let done = entry.get().complete && entry.get().waiting.is_empty();
    if done {
        let id = *entry.key();
        entry.remove();
        send(Chunk { id, more: false, used: None, body: Bytes::new() });
    }
    done
}

fn joined(a: &Bytes, b: &Bytes) -> Bytes {
    [a.as_ref(), b.as_ref()].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(id: u64, more: bool, length: usize) -> (u64, bool, usize) {
        (id, more, length)
    }

    #[test]
    fn no_more_is_under_way_than_the_window_and_the_rest_follows_acknowledgements() {
        let (mut bodies, mut sent) = (Bodies::default(), Vec::new());
        let mut note = |c: Chunk| sent.push((c.id, c.more, c.body.len()));
        bodies.begin(1);
        assert!(bodies.add(1, vec![0; 10].into(), &mut note));
        assert!(!bodies.add(1, vec![0; 2 * WINDOW].into(), &mut note));
        assert!(!bodies.end(1, &mut note));
        let progress = bodies.acknowledge(1, WINDOW as u64, &mut note);
        assert_eq!(progress, Ok(Progress { has_room: false, ended: false }));
        let progress = bodies.acknowledge(1, 10, &mut note);
        assert_eq!(progress, Ok(Progress { has_room: false, ended: true }));
        assert_eq!(
            sent,
            [
                chunk(1, true, 10),
                chunk(1, true, WINDOW - 10),
                chunk(1, true, WINDOW),
                chunk(1, true, 10),
                chunk(1, false, 0),
            ]
        );
    }

    #[test]
    fn an_acknowledgement_of_more_than_was_sent_is_noticed() {
        let mut bodies = Bodies::default();
        bodies.begin(1);
        bodies.add(1, vec![0; 10].into(), |_| ());
        assert_eq!(bodies.acknowledge(1, 11, |_| ()), Err(TooMuch));
    }

    #[test]
    fn a_body_that_nobody_wants_any_more_takes_no_memory_and_sends_nothing() {
        let mut bodies = Bodies::default();
        bodies.begin(1);
        bodies.forget(1);
        assert!(bodies.add(1, vec![0; 10].into(), |_| panic!("sent")));
        assert!(!bodies.end(1, |_| panic!("sent")));
        assert!(bodies.open.is_empty());
    }
}
