//! Promises that were rejected while nobody looked after them.

use std::cell::RefCell;

use rquickjs::{Ctx, Persistent, Value};

struct Unhandled {
    promise: Persistent<Value<'static>>,
    reason: Persistent<Value<'static>>,
}

impl Unhandled {
    fn is_of<'js>(&self, ctx: &Ctx<'js>, promise: &Value<'js>) -> bool {
        self.promise.clone().restore(ctx).is_ok_and(|own| own == *promise)
    }
}

/// Rejections without a handler. A handler may still be attached until the job queue is empty.
#[derive(Default)]
pub struct Rejections {
    unhandled: RefCell<Vec<Unhandled>>,
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
            self.unhandled.borrow_mut().retain(|u| !u.is_of(ctx, &promise));
        } else {
            let promise = Persistent::save(ctx, promise);
            let reason = Persistent::save(ctx, reason);
            self.unhandled.borrow_mut().push(Unhandled { promise, reason });
        }
    }

    /// Takes the reasons. To be called when the job queue is empty.
    pub fn take<'js>(&self, ctx: &Ctx<'js>) -> Vec<Value<'js>> {
        let unhandled = self.unhandled.take();
        unhandled.into_iter().filter_map(|u| u.reason.restore(ctx).ok()).collect()
    }
}
