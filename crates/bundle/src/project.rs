//! Where the project is: real paths, checked before rolldown sees them.

use std::path::{Path, PathBuf};

use crate::{BundleError, root_index};

/// A project's directory and the function's module, both without symbolic links, as rolldown names files.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) dir: PathBuf,
    /// The module's absolute path.
    pub(crate) entry: String,
}

impl Project {
    pub(crate) fn open(dir: &Path, entry: &Path) -> Result<Self, BundleError> {
        let real_dir = dir
            .canonicalize()
            .map_err(|source| BundleError::NoProject { dir: dir.to_owned(), source })?;
        unicode(&real_dir)?;
        let path = dir.join(entry);
        let real = path.canonicalize().map_err(|_| BundleError::EntryMissing(path.clone()))?;
        if !real.is_file() {
            return Err(BundleError::EntryNotAFile(path));
        }
        let entry = unicode(&real)?.to_owned();
        let text = std::fs::read_to_string(real);
        text.map_err(|source| BundleError::EntryUnreadable { path, source })?;
        Ok(Self { dir: real_dir, entry })
    }

    /// The file that a diagnostic names, which is relative to the project unless it can't be.
    pub(crate) fn absolute(&self, named: &str) -> PathBuf {
        self.dir.join(named)
    }

    /// A file as the user would write it: relative to the project when it lies in there.
    pub(crate) fn relative(&self, path: &Path) -> PathBuf {
        let path = root_index::straight(&path.to_string_lossy()).unwrap_or_else(|| path.to_owned());
        let real = path.canonicalize().unwrap_or(path);
        real.strip_prefix(&self.dir).map(Path::to_owned).unwrap_or(real)
    }

    /// A message in which the project's files are named as the user would write them.
    pub(crate) fn without_its_path(&self, message: &str) -> String {
        let straight = root_index::straight(message).unwrap_or_else(|| message.into());
        straight.to_string_lossy().replace(&format!("{}/", self.dir.display()), "")
    }

    /// The tsconfig.json that is nearest to the project.
    pub(crate) fn tsconfig(&self) -> Option<PathBuf> {
        let above = self.dir.ancestors().map(|dir| dir.join("tsconfig.json"));
        above.into_iter().find(|path| path.is_file())
    }
}

fn unicode(path: &Path) -> Result<&str, BundleError> {
    path.to_str().ok_or_else(|| BundleError::NotUnicode(path.to_owned()))
}
