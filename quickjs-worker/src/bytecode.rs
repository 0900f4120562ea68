//! JavaScript that the binary carries, compiled by `build.rs`.

use rquickjs::module::Declared;
use rquickjs::{Ctx, Module, Result};

/// A module of ours: the bytecode of a file below `src/`.
#[derive(Debug, Clone, Copy)]
pub struct Bytecode(&'static [u8]);

impl Bytecode {
    /// The module in these bytes, which `build.rs` wrote. For [`bytecode!`] only.
    pub const fn built(bytes: &'static [u8]) -> Self {
        Self(bytes)
    }

    /// Puts the module into a context.
    #[allow(unsafe_code)]
    pub fn declare<'js>(self, ctx: &Ctx<'js>) -> Result<Module<'js, Declared>> {
        // SAFETY: the bytes are what this very engine wrote when the worker was built, and live for ever.
        unsafe { Module::load(ctx.clone(), self.0) }
    }
}

/// The bytecode of a file, named from `src/`.
macro_rules! bytecode {
    ($file:expr) => {
        $crate::bytecode::Bytecode::built(include_bytes!(concat!(env!("OUT_DIR"), "/", $file)))
    };
}

pub(crate) use bytecode;
