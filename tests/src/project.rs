//! A function as a folder of files.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder that can be deployed; gone when dropped.
#[derive(Debug)]
pub struct Project {
    folder: TempDir,
    path: PathBuf,
}

impl Project {
    /// A folder named `name` with this `index.ts`.
    ///
    /// # Panics
    /// When the disk does not let us.
    #[must_use]
    pub fn new(name: &str, index: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        fs::create_dir(&path).expect("a folder in it");
        Self { folder, path }.file("index.ts", index)
    }

    /// A function whose handler has this body; `request`, `env` and `ctx` are there.
    #[must_use]
    pub fn handler(name: &str, body: &str) -> Self {
        Self::new(
            name,
            &format!("export default {{ async fetch(request, env, ctx) {{ {body} }} }};\n"),
        )
    }

    /// With another file in it.
    ///
    /// # Panics
    /// When the disk does not let us.
    #[must_use]
    pub fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.path.join(name), text).expect("a file in the project");
        self
    }

    /// With this function.toml.
    #[must_use]
    pub fn toml(self, text: &str) -> Self {
        self.file("function.toml", text)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        debug_assert!(self.folder.path().exists());
        &self.path
    }
}
