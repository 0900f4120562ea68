//! Bundles a TypeScript or JavaScript function and the npm packages it imports into one ES module.
//!
//! What comes out depends on the sources alone: the same files give the same bytes, wherever they lie and
//! whoever bundles them, so that the hash of a bundle can be its version. Nothing is written to the project.
//!
//! # Layout
//! - [`bundle`]: the one thing that this crate does
//! - `project`: where the project is, checked before rolldown sees it
//! - `options`: what rolldown is told, and why
//! - `imports`: which imports are refused
//! - `advice`: what a refusal says
//! - `root_index`: a name that depends on nothing outside of the project
//! - `generate`: rolldown on threads of its own
//! - `decorators`: the one syntax that rolldown leaves in although QuickJS can't read it
//! - `diagnose`: what rolldown found, as [`Problem`]s in the user's files
//! - `place`: a place in one of these, and the line that is there
//! - `problem`: a problem and how it is shown
#![forbid(unsafe_code)]

mod advice;
mod decorators;
mod diagnose;
mod error;
mod generate;
mod imports;
mod options;
mod place;
mod problem;
mod project;
mod root_index;

use std::path::{Path, PathBuf};

pub use error::BundleError;
pub use place::problem_at;
pub use problem::Problem;

use crate::project::Project;

/// The longest bundle, in bytes of code without its source map: 10 MiB.
pub const MAX_BUNDLE: usize = 10 * 1024 * 1024;

/// The runtime that a bundle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// QuickJS with the Web's interfaces: few of Node's modules are there, which stay imports.
    QuickJs,
    /// Bun: Node's modules and Bun's own stay imports.
    Bun,
}

/// A bundled function: one ES module and its source map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The module. It has no comment that points at the map.
    pub code: String,
    /// The source map (version 3, JSON), with paths relative to the project and the sources inside.
    pub map: Option<String>,
    /// The files that it was made of, in their order: relative to the project where they lie in there.
    pub files: Vec<PathBuf>,
    /// What a person might want to know, each shown as a [`Problem`] is, in the order of files and lines.
    pub warnings: Vec<String>,
}

/// Bundles the module at `entry` (relative to `dir`, or absolute) with everything it imports into one ES module.
///
/// Blocks until the bundle is there; may be called from within an asynchronous runtime or outside of one.
///
/// # Errors
/// When there is no such project or file, when the sources have problems (all that can be found together are
/// reported together), when the bundle is longer than [`MAX_BUNDLE`].
pub fn bundle(dir: &Path, entry: &Path, target: Target) -> Result<Bundle, BundleError> {
    let project = Project::open(dir, entry)?;
    let bundle = generate::on_its_own_threads(&project, target)?;
    match bundle.code.len() {
        size if size > MAX_BUNDLE => Err(BundleError::TooLarge { size }),
        _ => Ok(bundle),
    }
}
