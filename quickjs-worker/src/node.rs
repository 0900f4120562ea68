//! The `node:` modules that a function finds here.
//!
//! Each is an ES module in `src/node/`, compiled to bytecode. It may import its siblings, those of `src/node/internal` and of `vendor`,
//! and from `node:internal`, which no function can import, `web` and `native` of [`crate::web`].

mod crypto;
mod frames;
mod process;

use std::rc::Rc;

use rquickjs::function::Func;
use rquickjs::{Ctx, Object, Result};

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
    module!("internal/numbers"),
    module!("internal/search"),
    vendored!("inspect"),
    vendored!("path"),
];

/// Makes `node:internal` and the globals.
pub fn install<'js>(
    ctx: &Ctx<'js>,
    web: &Object<'js>,
    native: &Object<'js>,
    shared: &Rc<Shared>,
) -> Result<()> {
    crypto::provide(native)?;
    frames::provide(native, shared)?;
    process::provide(native, shared)?;
    native.set("evaluate", Func::from(evaluate))?;
    let internals = Object::new(ctx.clone())?;
    internals.set("web", web.clone())?;
    internals.set("native", native.clone())?;
    ctx.globals().set("bunbaseInternals", internals)?;
    bytecode!("node/internal.js").declare(ctx)?.eval()?;
    ctx.globals().remove("bunbaseInternals")
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
