//! QuickJS alone: an engine and a context as they come.

use std::time::{Duration, Instant};

use rquickjs::{CatchResultExt, Context, Ctx, Function, Module, Object, Runtime};

use crate::case::Case;

/// How long a test may run.
const PATIENCE: Duration = Duration::from_secs(10);

/// That of a worker: how deep a recursion goes shows.
const STACK: usize = 512 * 1024;

/// What comes of a test.
pub fn verdict(case: &Case) -> String {
    let runtime = Runtime::new().expect("an engine");
    runtime.set_max_stack_size(STACK);
    let deadline = Instant::now() + PATIENCE;
    runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() > deadline)));
    let context = Context::full(&runtime).expect("a context");
    context.with(|ctx| match run(&ctx, case).catch(&ctx) {
        Ok(verdict) => verdict,
        Err(error) => format!("broken: {error}"),
    })
}

fn run(ctx: &Ctx<'_>, case: &Case) -> rquickjs::Result<String> {
    let (module, _) = Module::declare(ctx.clone(), "test", case.bundle.as_str())?.eval()?;
    let verdict: Object<'_> = module.get::<_, Function<'_>>("start")?.call(())?;
    while ctx.execute_pending_job() {}
    verdict.get("is")
}
