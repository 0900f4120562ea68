//! QuickJS, its limits, and the Web APIs in it.

use std::rc::Rc;

use rquickjs::{Context, Ctx, Object, Persistent, Runtime};

use crate::entry::Entrance;
use crate::imports::Imports;
use crate::memory::Bounded;
use crate::rejections::Rejections;
use crate::shared::Shared;
use crate::web::performance::Origin;
use crate::{glue::Glue, web};

/// Deep recursion is a RangeError long before the 8 MiB of the thread are used.
const STACK: usize = 512 * 1024;

/// The engine collects cycles when the heap has grown to this, and then each time it has grown by half.
const FIRST_COLLECTION: usize = 1 << 20;

/// The engine. Everything in it counts against the function's limit.
pub struct Engine {
    context: Context,
    web: Persistent<Object<'static>>,
    rejections: Rc<Rejections>,
    shared: Rc<Shared>,
}

impl Engine {
    /// An engine with the Web APIs, ready for a bundle.
    pub fn new(shared: &Rc<Shared>) -> Result<Self, rquickjs::Error> {
        let runtime = Runtime::new_with_alloc(Bounded(Rc::clone(shared)))?;
        runtime.set_max_stack_size(STACK);
        runtime.set_gc_threshold(FIRST_COLLECTION);
        runtime.set_loader(Imports(Rc::clone(shared)), Imports(Rc::clone(shared)));
        let rejections = Rc::new(Rejections::default());
        listen(&runtime, shared, &rejections);
        let context = Context::full(&runtime)?;
        let web = context
            .with(|ctx| web::install(&ctx, shared).map(|web| Persistent::save(&ctx, web)))?;
        Ok(Self { context, web, rejections, shared: Rc::clone(shared) })
    }

    /// Sets the limit that the function has been given.
    pub fn limit(&self, memory: u64) {
        self.shared.memory.limit(usize::try_from(memory).unwrap_or(usize::MAX));
    }

    /// Has something compiled in a context. None of it runs.
    pub fn compile<R>(
        &self,
        compile: impl for<'js> FnOnce(Ctx<'js>) -> Result<R, rquickjs::Error>,
    ) -> Result<R, rquickjs::Error> {
        self.context.with(compile)
    }

    /// Runs what all functions need, so that the workers forked from here don't have to.
    pub fn warm(&self) -> Result<(), rquickjs::Error> {
        self.within(|glue| glue.warm.call::<_, ()>((web::lazy_files(),)))?;
        self.context.runtime().run_gc();
        // A collection writes to all of the heap, which would then be shared with nobody.
        let threshold = self.shared.memory.used() + FIRST_COLLECTION;
        self.context.runtime().set_gc_threshold(threshold);
        Ok(())
    }

    /// Makes anew what a fork must not share with its siblings.
    pub fn make_own(&self) -> Result<(), rquickjs::Error> {
        self.shared.origin_of_time.set(Origin::default());
        self.within(|glue| glue.make_own.call(()))
    }

    fn within<R>(
        &self,
        call: impl for<'js> FnOnce(&Glue<'js>) -> Result<R, rquickjs::Error>,
    ) -> Result<R, rquickjs::Error> {
        self.context.with(|ctx| call(&Glue::of(&self.web.clone().restore(&ctx)?)?))
    }

    /// What a script comes to.
    #[cfg(test)]
    pub fn evaluate(&self, script: &str) -> Result<String, rquickjs::Error> {
        self.context.with(|ctx| ctx.eval(script))
    }

    /// Goes inside.
    pub fn enter<R>(
        &self,
        inside: impl for<'js> FnOnce(Entrance<'js>) -> R,
    ) -> Result<R, rquickjs::Error> {
        self.context.with(|ctx| {
            let web = self.web.clone().restore(&ctx)?;
            let (shared, rejections) = (Rc::clone(&self.shared), Rc::clone(&self.rejections));
            Ok(inside(Entrance::new(ctx, &web, shared, rejections)?))
        })
    }
}

fn listen(runtime: &Runtime, shared: &Rc<Shared>, rejections: &Rc<Rejections>) {
    let asked = Rc::clone(shared);
    runtime.set_interrupt_handler(Some(Box::new(move || asked.interrupt())));
    let told = Rc::clone(rejections);
    runtime.set_host_promise_rejection_tracker(Some(Box::new(
        move |ctx, promise, reason, handled| told.track(&ctx, promise, reason, handled),
    )));
}
