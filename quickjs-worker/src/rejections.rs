//! Promises that were rejected while nobody looked after them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem;

use rquickjs::{Ctx, Persistent, Value};

/// So many promises are remembered that were reported, in case that they are handled later.
const MOST_REPORTED: usize = 64;

/// A promise and what it was rejected with.
pub struct Rejection<'js> {
    /// The promise.
    pub promise: Value<'js>,
    /// What it was rejected with.
    pub reason: Value<'js>,
}

struct Kept {
    promise: Persistent<Value<'static>>,
    reason: Persistent<Value<'static>>,
}

impl Kept {
    fn new<'js>(ctx: &Ctx<'js>, rejection: &Rejection<'js>) -> Self {
        let keep = |value: &Value<'js>| Persistent::save(ctx, value.clone());
        Self { promise: keep(&rejection.promise), reason: keep(&rejection.reason) }
    }

    fn is_of<'js>(&self, ctx: &Ctx<'js>, promise: &Value<'js>) -> bool {
        self.promise.clone().restore(ctx).is_ok_and(|own| own == *promise)
    }

    fn restore<'js>(self, ctx: &Ctx<'js>) -> Option<Rejection<'js>> {
        let (promise, reason) = (self.promise.restore(ctx), self.reason.restore(ctx));
        Some(Rejection { promise: promise.ok()?, reason: reason.ok()? })
    }
}

/// Rejections without a handler. A handler may still be attached until the job queue is empty.
#[derive(Default)]
pub struct Rejections {
    unhandled: RefCell<Vec<Kept>>,
    reported: RefCell<VecDeque<Kept>>,
    late: RefCell<Vec<Kept>>,
    /// Whether there is something to take.
    news: Cell<bool>,
}

impl Rejections {
    /// What the engine reports: first that nobody handles a rejection, later perhaps that somebody does.
    pub fn track<'js>(
        &self,
        ctx: &Ctx<'js>,
        promise: Value<'js>,
        reason: Value<'js>,
        handled: bool,
    ) {
        if handled {
            self.unhandled.borrow_mut().retain(|kept| !kept.is_of(ctx, &promise));
            self.handled_late(ctx, &promise);
        } else {
            let rejection = Rejection { promise, reason };
            self.unhandled.borrow_mut().push(Kept::new(ctx, &rejection));
            self.news.set(true);
        }
    }

    fn handled_late<'js>(&self, ctx: &Ctx<'js>, promise: &Value<'js>) {
        let mut reported = self.reported.borrow_mut();
        let place = reported.iter().position(|kept| kept.is_of(ctx, promise));
        if let Some(kept) = place.and_then(|place| reported.remove(place)) {
            self.late.borrow_mut().push(kept);
            self.news.set(true);
        }
    }

    /// Takes those that nobody handles, and those that were reported and are handled after all.
    /// To be called when the job queue is empty; `None` if there are none.
    pub fn take<'js>(&self, ctx: &Ctx<'js>) -> Option<(Vec<Rejection<'js>>, Vec<Rejection<'js>>)> {
        if !self.news.replace(false) {
            return None;
        }
        let restored = |list: &RefCell<Vec<Kept>>| {
            mem::take(&mut *list.borrow_mut())
                .into_iter()
                .filter_map(|kept| kept.restore(ctx))
                .collect()
        };
        Some((restored(&self.unhandled), restored(&self.late)))
    }

    /// Remembers one that was reported.
    pub fn remember<'js>(&self, ctx: &Ctx<'js>, rejection: &Rejection<'js>) {
        let mut reported = self.reported.borrow_mut();
        if reported.len() == MOST_REPORTED {
            reported.pop_front();
        }
        reported.push_back(Kept::new(ctx, rejection));
    }
}
