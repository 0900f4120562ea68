//! Becoming the function: its module is evaluated, its handler taken.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bunbase_manifest::Secrets;
use bunbase_wire::worker::{Failure, FailureCode, Load};
use nix::poll::ppoll;
use nix::sys::time::TimeSpec;
use rquickjs::module::{Declared, Evaluated};
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Module, Object, Promise};

use crate::entry::{Entrance, Thrown};
use crate::shared::{BACKGROUND, Stretch};
use crate::stop::Stop;
use crate::{bundle, compiled, last_words};

/// Becomes the function: reads its bundle, evaluates it, takes its handler.
pub fn load(entrance: &Entrance<'_>, load: Load) -> Result<(), Stop> {
    let stretch = Stretch { origin: None, deadline: Instant::now() + BACKGROUND };
    last_words::loading(true);
    entrance.shared.begin(stretch);
    entrance.shared.keep_secret(&load.secrets);
    let loaded = offer(entrance, load.env, &load.secrets)
        .and_then(|()| evaluate(entrance, stretch, &load.function, load.bundle.as_deref()))
        .and_then(|module| adopt(entrance, &module));
    entrance.shared.end();
    last_words::loading(false);
    loaded.map_err(|stop| within_limits(entrance, stop))
}

/// What goes beyond a limit is not the module's mistake.
fn within_limits(entrance: &Entrance<'_>, stop: Stop) -> Stop {
    let stop = match stop {
        Stop::Interrupted => failed(too_slow(entrance), None),
        other => other,
    };
    let Stop::LoadFailed(failure) = stop else { return stop };
    let code = match entrance.shared.interruption() {
        FailureCode::CpuTime => FailureCode::CpuTime,
        _ if entrance.shared.memory.was_refused() => FailureCode::OutOfMemory,
        _ => failure.code,
    };
    Stop::LoadFailed(Failure { code, ..failure })
}

fn failed(message: String, stack: Option<String>) -> Stop {
    let code = FailureCode::LoadFailed;
    Stop::LoadFailed(Failure { id: None, code, message, stack, used: None })
}

fn too_slow(entrance: &Entrance<'_>) -> String {
    if entrance.shared.interruption() == FailureCode::CpuTime {
        return entrance.shared.cpu.describe_limit();
    }
    format!("the module ran for more than {BACKGROUND:?} without having finished")
}

fn evaluate<'js>(
    entrance: &Entrance<'js>,
    stretch: Stretch,
    function: &str,
    bundle: Option<&str>,
) -> Result<Module<'js, Evaluated>, Stop> {
    let name = module_name(function);
    entrance.shared.places.of_module(&name);
    let code = Code::find(&name, bundle)?;
    let (module, settled) = entrance
        .attempt(|ctx, glue| {
            let module = code.declare(ctx, &name)?;
            describe(&module, &name)?;
            let (module, settled) = module.eval()?;
            glue.handled.call::<_, ()>((settled.clone(),))?;
            Ok((module, settled))
        })?
        .map_err(rejected)?;
    entrance.drain()?;
    await_top_level(entrance, stretch, &settled)?;
    entrance.attempt(|_, _| settled.result::<()>().unwrap_or(Ok(())))?.map_err(rejected)?;
    Ok(module)
}

/// The name under which a function's module is known in its stacks.
pub fn module_name(function: &str) -> String {
    format!("{}.js", function.replace('\0', ""))
}

/// What a module is made of.
enum Code {
    /// Compiled at the deploy.
    Bytecode(&'static [u8]),
    /// The bundle's text.
    Source(String),
}

impl Code {
    /// The bytecode of the bundle with this hash, if there is any, or else the source.
    fn find(name: &str, bundle: Option<&str>) -> Result<Self, Stop> {
        if let Some(bytecode) =
            bundle.and_then(|hash| compiled::read(&compiled::subject(name, hash)))
        {
            bundle::close();
            return Ok(Self::Bytecode(bytecode));
        }
        let source = bundle::read().and_then(bundle::text);
        source.map(Self::Source).map_err(|error| failed(error.to_string(), None))
    }

    fn declare<'js>(self, ctx: &Ctx<'js>, name: &str) -> rquickjs::Result<Module<'js, Declared>> {
        match self {
            Self::Bytecode(bytecode) => compiled::declare(ctx, bytecode),
            Self::Source(source) => Module::declare(ctx.clone(), name, source),
        }
    }
}

/// `import.meta`: as if the bundle were a file in the root folder.
fn describe(module: &Module<'_>, name: &str) -> rquickjs::Result<()> {
    let meta = module.meta()?;
    meta.set("url", format!("file:///{name}"))?;
    meta.set("dirname", "/")?;
    meta.set("filename", format!("/{name}"))
}

fn rejected(thrown: Thrown) -> Stop {
    failed(thrown.message, thrown.stack)
}

/// A module that awaits is driven by its timers: nothing else happens before it is loaded.
fn await_top_level<'js>(
    entrance: &Entrance<'js>,
    stretch: Stretch,
    settled: &Promise<'js>,
) -> Result<(), Stop> {
    while settled.state() == PromiseState::Pending {
        let Some(next) = entrance.shared.timers().next() else {
            return Err(failed("the module awaits something that never happens".to_owned(), None));
        };
        if next >= stretch.deadline {
            return Err(failed(too_slow(entrance), None));
        }
        entrance.shared.flush()?;
        sleep_until(next);
        entrance.fire_timers(|_| stretch)?;
    }
    Ok(())
}

/// By the one call that the cage has for it.
fn sleep_until(when: Instant) {
    let left = when.saturating_duration_since(Instant::now());
    if left > Duration::ZERO {
        // Who is woken early looks at the timers once more.
        let _ = ppoll(&mut [], Some(TimeSpec::from_duration(left)), None);
    }
}

/// What a secret's name stands for is the secret.
fn offer(
    entrance: &Entrance<'_>,
    variables: BTreeMap<String, String>,
    secrets: &Secrets,
) -> Result<(), Stop> {
    let offered = entrance.attempt(|ctx, glue| {
        let env = Object::new(ctx.clone())?;
        variables.into_iter().try_for_each(|(name, value)| env.set(name, value))?;
        secrets.iter().try_for_each(|(name, secret)| env.set(name, secret.reveal()))?;
        glue.offer.call((env,))
    })?;
    offered.map_err(rejected)
}

fn adopt<'js>(entrance: &Entrance<'js>, module: &Module<'js, Evaluated>) -> Result<(), Stop> {
    let wrong =
        entrance.attempt(|_, glue| glue.adopt.call::<_, Option<String>>((module.namespace()?,)))?;
    match wrong.map_err(rejected)? {
        Some(sentence) => Err(failed(sentence, None)),
        None => Ok(()),
    }
}
