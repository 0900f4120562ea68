//! The `node:` modules that a function finds here.
//!
//! Each is an ES module in `src/node/`, compiled to bytecode. It may import its siblings, and from `node:internal`, which no function
//! can import, `web` and `native` of [`crate::web`].

use rquickjs::{Ctx, Object, Result};

use crate::bytecode::{Bytecode, bytecode};

/// What only the modules of this folder can import.
pub const INTERNAL: &str = "node:internal";

/// The modules, by name.
pub const MODULES: &[(&str, Bytecode)] = &[];

/// Makes `node:internal`.
pub fn install<'js>(ctx: &Ctx<'js>, web: &Object<'js>, native: &Object<'js>) -> Result<()> {
    let internals = Object::new(ctx.clone())?;
    internals.set("web", web.clone())?;
    internals.set("native", native.clone())?;
    ctx.globals().set("bunbaseInternals", internals)?;
    bytecode!("node/internal.js").declare(ctx)?.eval()?;
    ctx.globals().remove("bunbaseInternals")
}
