//! Imports that can't be bundled, found while rolldown resolves them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookResolveIdArgs, HookResolveIdOutput,
    HookResolveIdReturn, HookUsage, Plugin, PluginContext, PluginContextResolveOptions,
    SharedLoadPluginContext,
};
use rolldown_common::{ImportKind, ResolvedId};

use crate::{Target, advice, root_index};

/// The advice for each refused import, by the number in the id that rolldown was given for it.
pub(crate) type Refusals = Arc<Mutex<Vec<String>>>;

/// The absolute paths of the modules that were read.
pub(crate) type Files = Arc<Mutex<BTreeSet<PathBuf>>>;

/// What starts such an id. No path can have a NUL, so rolldown fails to load it, and says where the import is.
const REFUSED: &str = "\0refused:";

/// What starts the id of a module that stands for a `require`.
const REQUIRED: &str = "\0required:";

/// A plugin that gives rolldown a module that can't be loaded for every import that can't be bundled. Left alone, rolldown
/// would stop at a missing file and say nothing of missing packages, which it takes for external.
#[derive(Debug)]
pub(crate) struct Imports {
    /// The project's directory.
    pub(crate) project: PathBuf,
    pub(crate) target: Target,
    pub(crate) refusals: Refusals,
    pub(crate) files: Files,
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
        if let Some(name) = advice::provided(import.specifier, self.target) {
            return Ok(Some(self.provided(&name, import.kind)));
        }
        let straight = import.importer.and_then(root_index::straight);
        let importer = straight.as_deref().and_then(Path::to_str).or(import.importer);
        let found = context.resolve(import.specifier, importer, Some(as_asked(import))).await?;
        match (found, importer) {
            (Ok(found), _) if !found.external.is_external() => {
                let detour = root_index::detour(Path::new(found.id.as_str()), &self.project);
                let is_told = detour.is_some() || straight.is_some();
                Ok(is_told.then(|| resolved(found, detour)))
            }
            // `try { require("x") } catch {}` is how CommonJS asks whether x is there: only rolldown sees the `try`.
            (_, Some(importer)) if !matches!(import.kind, ImportKind::Require) => {
                Ok(Some(self.refuse(import.specifier, importer)))
            }
            _ => Ok(None),
        }
    }

    async fn load(&self, _: SharedLoadPluginContext, module: &HookLoadArgs<'_>) -> HookLoadReturn {
        if let Some(name) = module.id.strip_prefix(REQUIRED) {
            return Ok(Some(source(required(name))));
        }
        let straight = root_index::straight(module.id);
        self.note(straight.as_deref().unwrap_or(Path::new(module.id)));
        // What can't be read, rolldown tries to read again and says so.
        let code = straight.and_then(|path| std::fs::read_to_string(path).ok());
        Ok(code.map(source))
    }
}

fn source(code: String) -> HookLoadOutput {
    HookLoadOutput { code: code.into(), ..HookLoadOutput::default() }
}

/// What `require` of a module that is imported returns: what Node's would, which each has as its default.
fn required(name: &str) -> String {
    format!("import required from {name:?};\nmodule.exports = required;\n")
}

/// Asks what rolldown would ask, and not this plugin once more.
fn as_asked(import: &HookResolveIdArgs<'_>) -> PluginContextResolveOptions {
    PluginContextResolveOptions {
        import_kind: import.kind,
        is_entry: import.is_entry,
        custom: Arc::clone(&import.custom),
        skip_self: true,
    }
}

fn external(specifier: &str) -> HookResolveIdOutput {
    HookResolveIdOutput { external: Some(true.into()), ..HookResolveIdOutput::from_id(specifier) }
}

fn resolved(found: ResolvedId, detour: Option<String>) -> HookResolveIdOutput {
    let output = HookResolveIdOutput::from_resolved_id(found);
    match detour {
        Some(id) => HookResolveIdOutput { id: id.into(), ..output },
        None => output,
    }
}

impl Imports {
    /// An import stays one. QuickJS has no `require`: it becomes that of a module which imports.
    fn provided(&self, name: &str, kind: ImportKind) -> HookResolveIdOutput {
        let becomes_import = self.target == Target::QuickJs && matches!(kind, ImportKind::Require);
        match becomes_import {
            true => HookResolveIdOutput::from_id(format!("{REQUIRED}{name}")),
            false => external(name),
        }
    }

    fn note(&self, file: &Path) {
        // A panic while inserting leaves the set whole.
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(file.to_owned());
    }

    fn refuse(&self, specifier: &str, importer: &str) -> HookResolveIdOutput {
        // A panic while pushing leaves the list whole.
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.push(advice::advice(specifier, Path::new(importer), self.target));
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
