//! The `node:` modules that a function finds here.
//!
//! Each is an ES module in `src/node/`, compiled to bytecode. It may import its siblings, those of `src/node/internal` and of `vendor`,
//! and from `node:internal`, which no function can import, `web` and `native` of [`crate::web`].

mod crypto;
mod frames;
mod process;

use std::cell::OnceCell;
use std::rc::Rc;

use rquickjs::module::Declared;
use rquickjs::{Ctx, Function, Module, Object, Persistent, Result};

use crate::bytecode::{Bytecode, bytecode};
use crate::shared::Shared;
pub use frames::Frames;

/// What only the modules of this folder can import, and what the names of the others like it start with.
pub const INTERNAL: &str = "node:internal";

macro_rules! module {
    ($name:literal) => {
        (concat!("node:", $name), bytecode!(concat!("node/", $name, ".js")))
    };
}

macro_rules! vendored {
    ($name:literal) => {
        (concat!("node:internal/", $name), bytecode!(concat!("vendor/", $name, ".js")))
    };
}

/// The modules, by name: those that [`bunbase_wire::worker::NODE_MODULES`] lists.
pub const MODULES: &[(&str, Bytecode)] = &[
    module!("assert"),
    module!("assert/strict"),
    module!("async_hooks"),
    module!("buffer"),
    module!("crypto"),
    module!("diagnostics_channel"),
    module!("events"),
    module!("path"),
    module!("path/posix"),
    module!("process"),
    module!("querystring"),
    module!("stream"),
    module!("stream/promises"),
    module!("string_decoder"),
    module!("timers"),
    module!("timers/promises"),
    module!("url"),
    module!("util"),
    module!("util/types"),
];

/// What they are made of.
pub const PRIVATE: &[(&str, Bytecode)] = &[
    module!("internal/bytes"),
    module!("internal/equal"),
    module!("internal/frames"),
    module!("internal/keys"),
    module!("internal/numbers"),
    module!("internal/search"),
    vendored!("inspect"),
    vendored!("path"),
    vendored!("stream"),
];

/// What Node has globally and the Web has not, by the module that defines it when it runs: when it is imported, or one is touched.
const GLOBALS: [(&str, &[&str]); 3] = [
    ("node:buffer", &["Buffer"]),
    ("node:process", &["process"]),
    ("node:timers", &["setImmediate", "clearImmediate"]),
];

/// `web` and `native`, for the modules that may be imported later.
#[derive(Default)]
pub struct Internals(OnceCell<[Persistent<Object<'static>>; 2]>);

/// Makes the modules importable, and defines their globals.
pub fn install<'js>(
    ctx: &Ctx<'js>,
    web: &Object<'js>,
    native: &Object<'js>,
    shared: &Shared,
) -> Result<()> {
    let internals = [web, native].map(|object| Persistent::save(ctx, object.clone()));
    shared.internals.0.get_or_init(|| internals);
    let lazily: Function<'js> = web.get("lazily")?;
    let run = Function::new(ctx.clone(), evaluate)?;
    GLOBALS
        .into_iter()
        .try_for_each(|(module, globals)| lazily.call((module, globals.to_vec(), run.clone())))
}

/// A module, or one that they are made of.
pub fn load<'js>(
    ctx: &Ctx<'js>,
    shared: &Rc<Shared>,
    name: &str,
) -> Option<Result<Module<'js, Declared>>> {
    if name == INTERNAL {
        return Some(internal(ctx, shared));
    }
    let found = MODULES.iter().chain(PRIVATE).find(|(module, _)| *module == name)?;
    Some(found.1.declare(ctx))
}

fn internal<'js>(ctx: &Ctx<'js>, shared: &Rc<Shared>) -> Result<Module<'js, Declared>> {
    let [web, native] = shared.internals.0.get().cloned().ok_or(rquickjs::Error::Unknown)?;
    let native = native.restore(ctx)?;
    crypto::provide(&native)?;
    frames::provide(&native, shared)?;
    process::provide(&native, shared)?;
    let module = bytecode!("node/internal.js").declare(ctx)?;
    let meta = module.meta()?;
    meta.set("web", web.restore(ctx)?)?;
    meta.set("native", native)?;
    Ok(module)
}

/// Runs a module that nothing has imported yet: it would have defined its globals.
fn evaluate(ctx: Ctx<'_>, name: String) -> Result<()> {
    let found = MODULES.iter().find(|(module, _)| *module == name);
    let (_, bytecode) = found.ok_or(rquickjs::Error::Unknown)?;
    bytecode.declare(&ctx)?.eval()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use bunbase_wire::worker::NODE_MODULES;

    use super::*;

    #[test]
    fn bundles_may_import_what_is_here_and_nothing_else() {
        let here: Vec<&str> =
            MODULES.iter().filter_map(|(name, _)| name.strip_prefix("node:")).collect();
        assert_eq!(here, NODE_MODULES);
    }

    #[test]
    fn the_documentation_lists_the_modules() {
        let page = include_str!("../../docs/node-modules.md");
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `node:")?.split('`').next());
        assert_eq!(rows.collect::<Vec<_>>(), NODE_MODULES);
    }
}
