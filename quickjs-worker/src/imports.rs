//! Imports: of the `node:` modules that are here, and of nothing else, because a bundle is one file.

use std::rc::Rc;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Exception, Module, Result};

use crate::node::{self, INTERNAL, MODULES};
use crate::shared::Shared;

/// Answers each import.
pub struct Imports(pub Rc<Shared>);

impl Imports {
    fn refuse<T>(ctx: &Ctx<'_>, name: &str) -> Result<T> {
        let sentence = format!(
            "import of \"{name}\": a bundle is one file; what it imports must be bundled into it"
        );
        Err(Exception::throw_type(ctx, &sentence))
    }
}

impl Resolver for Imports {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        let is_there = MODULES.iter().any(|(module, _)| *module == name);
        let is_ours = name.starts_with(INTERNAL) && base.starts_with("node:");
        if is_there || is_ours { Ok(name.to_owned()) } else { Self::refuse(ctx, name) }
    }
}

impl Loader for Imports {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        node::load(ctx, &self.0, name).unwrap_or_else(|| Self::refuse(ctx, name))
    }
}
