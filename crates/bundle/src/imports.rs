//! Imports that can't be bundled: found while rolldown resolves, told with what to do about them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use nodejs_built_in_modules::is_nodejs_builtin_module;
use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookResolveIdArgs, HookResolveIdOutput,
    HookResolveIdReturn, HookUsage, Plugin, PluginContext, PluginContextResolveOptions,
    SharedLoadPluginContext,
};
use rolldown_common::{ImportKind, ResolvedId};

use crate::{Target, root_index};

/// The advice for each refused import, by the number in the id that rolldown was given for it.
pub(crate) type Refusals = Arc<Mutex<Vec<String>>>;

/// What starts such an id. No path can have a NUL, so rolldown fails to load it, and says where the import is.
const REFUSED: &str = "\0refused:";

/// Gives rolldown a module that can't be loaded for every import that can't be bundled. Left alone, rolldown
/// would stop at a missing file and say nothing of missing packages, which it takes for external.
#[derive(Debug)]
pub(crate) struct Imports {
    /// The project's directory.
    pub(crate) project: PathBuf,
    pub(crate) target: Target,
    pub(crate) refusals: Refusals,
}

impl Plugin for Imports {
    fn name(&self) -> Cow<'static, str> {
        "imports".into()
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load
    }

    async fn resolve_id(
        &self,
        context: &PluginContext,
        import: &HookResolveIdArgs<'_>,
    ) -> HookResolveIdReturn {
        if is_there(self.target, import.specifier) {
            return Ok(Some(external(import.specifier)));
        }
        let options = PluginContextResolveOptions {
            import_kind: import.kind,
            is_entry: import.is_entry,
            custom: Arc::clone(&import.custom),
            ..PluginContextResolveOptions::default()
        };
        match (context.resolve(import.specifier, import.importer, Some(options)).await?, import) {
            (Ok(found), _) if !found.external.is_external() => {
                let detour = root_index::detour(Path::new(found.id.as_str()), &self.project);
                Ok(detour.map(|id| renamed(found, id)))
            }
            // `try { require("x") } catch {}` is how CommonJS asks whether x is there: only rolldown sees the `try`.
            (_, HookResolveIdArgs { kind: ImportKind::Require, .. }) => Ok(None),
            (_, HookResolveIdArgs { importer: None, .. }) => Ok(None),
            (_, HookResolveIdArgs { importer: Some(importer), specifier, .. }) => {
                Ok(Some(self.refuse(specifier, importer)))
            }
        }
    }

    async fn load(&self, _: SharedLoadPluginContext, module: &HookLoadArgs<'_>) -> HookLoadReturn {
        // What can't be read, rolldown tries to read again and says so.
        let source =
            root_index::straight(module.id).and_then(|path| std::fs::read_to_string(path).ok());
        Ok(source.map(|code| HookLoadOutput { code: code.into(), ..HookLoadOutput::default() }))
    }
}

fn renamed(found: ResolvedId, id: String) -> HookResolveIdOutput {
    HookResolveIdOutput { id: id.into(), ..HookResolveIdOutput::from_resolved_id(found) }
}

impl Imports {
    fn refuse(&self, specifier: &str, importer: &str) -> HookResolveIdOutput {
        // A panic while pushing leaves the list whole.
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.push(advice(specifier, Path::new(importer), self.target));
        HookResolveIdOutput::from_id(format!("{REFUSED}{}", refusals.len() - 1))
    }
}

/// The advice that belongs to rolldown's message about a module that it couldn't load, if it is one of these.
pub(crate) fn refusal(message: &str, refusals: &Refusals) -> Option<String> {
    // rolldown shows the NUL as an escape.
    let (_, rest) = message.split_once(&REFUSED[1..])?;
    let number: usize = rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    refusals.lock().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
}

/// Whether the runtime itself has the module.
fn is_there(target: Target, specifier: &str) -> bool {
    target == Target::Bun && (is_nodes(specifier) || is_buns(specifier))
}

fn external(specifier: &str) -> HookResolveIdOutput {
    HookResolveIdOutput { external: Some(true.into()), ..HookResolveIdOutput::from_id(specifier) }
}

fn is_nodes(specifier: &str) -> bool {
    specifier.starts_with("node:") || is_nodejs_builtin_module(specifier)
}

fn is_buns(specifier: &str) -> bool {
    specifier == "bun" || specifier.starts_with("bun:")
}

/// What is wrong with an import that doesn't resolve, and what to do about it.
pub(crate) fn advice(specifier: &str, importer: &Path, target: Target) -> String {
    if target == Target::QuickJs && (is_nodes(specifier) || is_buns(specifier)) {
        return format!(
            r#""{specifier}" is not there in the quickjs runtime; use runtime = "bun""#
        );
    }
    if specifier.contains(':') {
        return format!(r#""{specifier}" cannot be imported: only files and npm packages can"#);
    }
    match package(specifier) {
        None => format!(r#"cannot find "{specifier}""#),
        Some(name) if is_installed(name, importer) => {
            format!(r#"the installed package "{name}" has no "{specifier}" to import"#)
        }
        Some(name) => format!(r#"package "{name}" is not installed: run npm install {name}"#),
    }
}

/// The package's name in `name/path` or `@scope/name/path`; none in a path, nor in what only a tsconfig explains.
fn package(specifier: &str) -> Option<&str> {
    let scoped = specifier.starts_with('@');
    let end = specifier.match_indices('/').nth(usize::from(scoped)).map(|(at, _)| at);
    let name = &specifier[..end.unwrap_or(specifier.len())];
    let is_name = !name.starts_with(['.', '/', '#', '~'])
        && !name.is_empty()
        && (!scoped
            || name
                .split_once('/')
                .is_some_and(|(scope, rest)| scope.len() > 1 && !rest.is_empty()));
    is_name.then_some(name)
}

fn is_installed(name: &str, importer: &Path) -> bool {
    importer.ancestors().skip(1).any(|dir| dir.join("node_modules").join(name).is_dir())
}
