//! A worker's stream: a Unix stream socket in memory, with time between the ends.
//!
//! As in the kernel, an end that closes with unread bytes leaves the other one a reset instead of an end.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use bytes::{Buf, Bytes, BytesMut};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::world::World;

/// Bytes that are under way in one direction at most: where they take their time, more than are sent in that.
fn room(world: &World) -> usize {
    if world.plan.delay > 1 { 2 << 20 } else { 64 << 10 }
}

/// One direction.
struct Lane {
    parts: VecDeque<(Instant, Bytes)>,
    bytes: usize,
    last: Instant,
    writer_gone: bool,
    reader_gone: bool,
    /// The reader has gone without having read all.
    lost: bool,
}

struct Lanes {
    lanes: [RefCell<Lane>; 2],
    changed: [Notify; 2],
}

/// One end. The stream closes with it.
pub struct End {
    world: Rc<World>,
    both: Rc<Lanes>,
    out: usize,
}

/// Both ends of a new stream.
pub fn pair(world: &Rc<World>) -> (End, End) {
    let lane = || {
        RefCell::new(Lane {
            parts: VecDeque::new(),
            bytes: 0,
            last: Instant::now(),
            writer_gone: false,
            reader_gone: false,
            lost: false,
        })
    };
    let both = Rc::new(Lanes { lanes: [lane(), lane()], changed: Default::default() });
    let end = |out| End { world: Rc::clone(world), both: Rc::clone(&both), out };
    (end(0), end(1))
}

impl End {
    /// As `UnixStream::readable`.
    pub async fn readable(&self) {
        let lane = 1 - self.out;
        loop {
            let next = {
                let lane = self.both.lanes[lane].borrow();
                match lane.parts.front() {
                    Some((at, _)) if *at <= Instant::now() => return,
                    None if lane.writer_gone => return,
                    Some((at, _)) => Some(*at),
                    None => None,
                }
            };
            let changed = self.both.changed[lane].notified();
            match next {
                Some(at) => sleep_until(at).await,
                None => changed.await,
            }
        }
    }

    /// As `UnixStream::writable`.
    pub async fn writable(&self) {
        loop {
            {
                let lane = self.both.lanes[self.out].borrow();
                if lane.reader_gone || lane.bytes < room(&self.world) {
                    return;
                }
            }
            self.both.changed[self.out].notified().await;
        }
    }

    /// As `UnixStream::try_read_buf`; now and then it reads less than it could.
    pub fn try_read(&self, buffer: &mut BytesMut) -> io::Result<usize> {
        let mut lane = self.both.lanes[1 - self.out].borrow_mut();
        let room = buffer.capacity() - buffer.len();
        let most = if self.world.dice.chance(50) { self.world.dice.count(1..=room) } else { room };
        let mut length = 0;
        while let Some((at, part)) = lane.parts.front_mut()
            && *at <= Instant::now()
            && length < most
        {
            let n = part.len().min(most - length);
            buffer.extend_from_slice(&part[..n]);
            part.advance(n);
            length += n;
            if part.is_empty() {
                lane.parts.pop_front();
            }
        }
        lane.bytes -= length;
        if length > 0 {
            self.both.changed[1 - self.out].notify_waiters();
            return Ok(length);
        }
        let is_over = lane.parts.is_empty() && lane.writer_gone;
        let was_reset = std::mem::take(&mut self.both.lanes[self.out].borrow_mut().lost);
        match (is_over, was_reset) {
            (false, _) => Err(io::ErrorKind::WouldBlock.into()),
            (true, true) => Err(io::ErrorKind::ConnectionReset.into()),
            (true, false) => Ok(0),
        }
    }

    /// As `UnixStream::try_write`.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut lane = self.both.lanes[self.out].borrow_mut();
        if lane.reader_gone {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let length = bytes.len().min(room(&self.world) - lane.bytes);
        if length == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        lane.last = lane.last.max(Instant::now() + self.world.delay());
        let at = lane.last;
        lane.parts.push_back((at, Bytes::copy_from_slice(&bytes[..length])));
        lane.bytes += length;
        self.both.changed[self.out].notify_waiters();
        Ok(length)
    }

    /// Writes all of it. False if nobody reads any more.
    pub async fn write_all(&self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            self.writable().await;
            match self.try_write(bytes) {
                Ok(length) => bytes = &bytes[length..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
        true
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.both.lanes[self.out].borrow_mut().writer_gone = true;
        let mut incoming = self.both.lanes[1 - self.out].borrow_mut();
        incoming.reader_gone = true;
        incoming.lost = !incoming.parts.is_empty();
        incoming.parts.clear();
        incoming.bytes = 0;
        self.both.changed.iter().for_each(Notify::notify_waiters);
    }
}
