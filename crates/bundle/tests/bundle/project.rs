//! A project in a temporary directory.

use std::fs;
use std::path::Path;

use bunbase_bundle::{Bundle, BundleError, Problem, Target, bundle};
use tempfile::TempDir;

pub(crate) struct Project(TempDir);

/// A project with these files, of which `index.ts` is the function.
pub(crate) fn project(files: &[(&str, &str)]) -> Project {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Project(dir)
}

impl Project {
    pub(crate) fn dir(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn bundle_for(&self, target: Target) -> Result<Bundle, BundleError> {
        bundle(self.dir(), Path::new("index.ts"), target)
    }

    pub(crate) fn bundle(&self) -> Bundle {
        self.bundle_for(Target::QuickJs).unwrap()
    }

    pub(crate) fn error(&self) -> BundleError {
        self.bundle_for(Target::QuickJs).unwrap_err()
    }

    pub(crate) fn problems(&self) -> Vec<Problem> {
        match self.error() {
            BundleError::Failed(problems) => problems,
            other => panic!("another error: {other}"),
        }
    }

    /// Each problem as `file:line:column: message`.
    pub(crate) fn headlines(&self) -> Vec<String> {
        let shown = self.problems();
        shown.iter().map(|problem| problem.to_string().lines().next().unwrap().to_owned()).collect()
    }
}
