//! rolldown on threads of its own.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use rolldown::{BundleOutput, Bundler};
use rolldown_common::{Output, OutputChunk};
use rolldown_error::{BuildDiagnostic, EventKind};

use crate::decorators;
use crate::diagnose::Diagnose;
use crate::imports::{Files, Imports, Refusals};
use crate::options::options;
use crate::project::Project;
use crate::{Bundle, BundleError, Target};

/// Parsing and printing go down some calls per level of nesting; generated code has many levels.
const STACK: usize = 64 * 1024 * 1024;

/// One to bundle, one beside it for what rolldown prints and frees in parallel.
const THREADS: usize = 2;

/// Bundles on a pool that ends with the call: rolldown finds the stack that it needs, no threads are left behind,
/// and the caller may be inside of an asynchronous runtime, which can't be entered twice on a thread.
pub(crate) fn on_its_own_threads(project: &Project, target: Target) -> Result<Bundle, BundleError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(THREADS)
        .stack_size(STACK)
        .thread_name(|number| format!("bundle-{number}"))
        .build()
        .map_err(|error| BundleError::NotStarted(io::Error::other(error)))?;
    // Whatever a panic leaves half done is in there and dropped with it.
    let bundling = AssertUnwindSafe(|| pool.install(|| generate(project, target)));
    catch_unwind(bundling).unwrap_or(Err(BundleError::Crashed))
}

fn generate(project: &Project, target: Target) -> Result<Bundle, BundleError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().build().map_err(BundleError::NotStarted)?;
    let refusals = Refusals::default();
    let diagnose = Diagnose { project, target, refusals: &refusals };
    let files = Files::default();
    let imports = Imports {
        project: project.dir.clone(),
        target,
        refusals: Arc::clone(&refusals),
        files: Arc::clone(&files),
    };
    // This constructor sets no tracing up; nothing is written by `generate`, unlike `write`.
    let output = Bundler::with_plugins(options(project, target), vec![Arc::new(imports)])
        .and_then(|mut bundler| runtime.block_on(bundler.generate()))
        .map_err(|found| BundleError::Failed(diagnose.all(found.iter())))?;
    Ok(Bundle { files: files_of(project, &files), ..finish(output, &diagnose)? })
}

/// Those that are files: rolldown has modules of its own.
fn files_of(project: &Project, files: &Files) -> Vec<PathBuf> {
    let files = files.lock().unwrap_or_else(PoisonError::into_inner);
    let real = files.iter().filter(|path| path.is_file());
    real.map(|path| project.relative(path)).collect()
}

fn finish(output: BundleOutput, diagnose: &Diagnose<'_>) -> Result<Bundle, BundleError> {
    let (errors, warnings): (Vec<_>, Vec<_>) = output.warnings.iter().partition(|w| is_error(w));
    let warnings = diagnose.all(warnings).iter().map(ToString::to_string).collect();
    let chunk = output.assets.into_iter().find_map(chunk).ok_or(BundleError::Crashed)?;
    let mut problems = diagnose.all(errors);
    problems.extend(decorators::left_in(&chunk, diagnose));
    if !problems.is_empty() {
        return Err(BundleError::Failed(problems));
    }
    let map = chunk.map.as_ref().map(|map| map.to_json_string());
    Ok(Bundle { code: chunk.code.clone(), map, files: Vec::new(), warnings })
}

/// A package that isn't there is only a warning to rolldown, which would leave the import in the bundle.
fn is_error(warning: &BuildDiagnostic) -> bool {
    matches!(warning.kind(), EventKind::UnresolvedImport)
}

/// The chunk among the outputs: one entry and no code splitting make exactly one.
fn chunk(output: Output) -> Option<Arc<OutputChunk>> {
    match output {
        Output::Chunk(chunk) => Some(chunk),
        Output::Asset(_) => None,
    }
}
