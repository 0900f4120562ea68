//! Imports, all of which are refused: a bundle is one file.

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Exception, Module, Result};

/// Answers each import: a bundle is one file.
pub struct OneFile;

impl OneFile {
    fn refuse<T>(ctx: &Ctx<'_>, name: &str) -> Result<T> {
        let sentence = format!(
            "import of \"{name}\": a bundle is one file; what it imports must be bundled into it"
        );
        Err(Exception::throw_type(ctx, &sentence))
    }
}

impl Resolver for OneFile {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        _base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        Self::refuse(ctx, name)
    }
}

impl Loader for OneFile {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        Self::refuse(ctx, name)
    }
}
