//! Which files matter, and when they change.
//!
//! Folders are watched and not files: editors put a new file in the place of the old one. node_modules and hidden folders are not,
//! so that the kernel's watches go where somebody writes.

mod changes;
mod folders;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::{Config, ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::exit::{Failed, Status};
use changes::Changes;

/// Files beside the code that decide what becomes of it. npm writes the last one when it has installed everything.
const CONFIGURATION: [&str; 4] =
    ["function.toml", "package.json", "tsconfig.json", "node_modules/.package-lock.json"];

/// The files whose change matters.
#[derive(Debug)]
pub enum Matters {
    /// All in the folder, but for hidden ones and packages: nobody knows which are bundled.
    All,
    /// Those of the last bundle, absolute.
    Files(BTreeSet<PathBuf>),
}

/// A folder that is watched.
#[derive(Debug)]
pub struct Watch {
    folder: PathBuf,
    watcher: RecommendedWatcher,
    changes: Arc<Changes>,
}

impl Matters {
    /// The files of a bundle of `folder`, without those of packages.
    pub fn of(folder: &Path, files: &[PathBuf]) -> Self {
        let own = files.iter().filter(|file| !folders::is_ignored(file));
        Self::Files(own.map(|file| folder.join(file)).collect())
    }
}

impl Watch {
    /// Watches everything in a folder, absolute, that may become part of a bundle.
    pub fn of(folder: &Path) -> Result<Self, Failed> {
        let changes = Arc::new(Changes::default());
        let noted = Arc::clone(&changes);
        let watcher = RecommendedWatcher::new(move |event| noted.note(event), Config::default());
        let watcher = watcher.map_err(|error| failed(folder, &error))?;
        let mut watch = Self { folder: folder.to_owned(), watcher, changes };
        watch.look()?;
        Ok(watch)
    }

    /// Waits until something has changed that matters, and its writer has come to rest.
    pub fn wait(&mut self, matters: &Matters) -> Result<(), Failed> {
        if let Matters::Files(files) = matters {
            let outside = files.iter().filter(|file| !file.starts_with(&self.folder));
            let parents: BTreeSet<&Path> = outside.filter_map(|file| file.parent()).collect();
            parents.into_iter().try_for_each(|parent| self.add(parent))?;
        }
        let folder = self.folder.clone();
        let changes = Arc::clone(&self.changes);
        while !changes.wait(|path| matter(&folder, path, matters)) {
            self.look()?;
        }
        changes.rest();
        match self.folder.is_dir() {
            true => self.look(),
            false => Err(Failed::new(
                Status::NotFound,
                format!("the folder {} is gone", self.folder.display()),
            )),
        }
    }

    /// Folders that are new are watched from now on.
    fn look(&mut self) -> Result<(), Failed> {
        if !self.changes.folders_have_changed() {
            return Ok(());
        }
        let found = folders::below(&self.folder);
        found.iter().try_for_each(|folder| self.add(folder))
    }

    fn add(&mut self, folder: &Path) -> Result<(), Failed> {
        match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            Err(error) if !is_gone(&error) => Err(failed(folder, &error)),
            _ => Ok(()),
        }
    }
}

fn matter(folder: &Path, path: &Path, matters: &Matters) -> bool {
    let Ok(inner) = path.strip_prefix(folder) else { return is_of(path, matters) };
    let decides = CONFIGURATION.iter().any(|name| inner == Path::new(name));
    decides || (!folders::is_ignored(inner) && is_of(path, matters))
}

/// A folder is of them if one of them is in it.
fn is_of(path: &Path, matters: &Matters) -> bool {
    match matters {
        Matters::All => true,
        Matters::Files(files) => files.iter().any(|file| file.starts_with(path)),
    }
}

/// It was removed since it was found.
fn is_gone(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn failed(folder: &Path, error: &notify::Error) -> Failed {
    let failed = Failed::new(Status::Failed, format!("cannot watch {}: {error}", folder.display()));
    match &error.kind {
        ErrorKind::MaxFilesWatch => failed.hint(
            "the kernel's watches are used up; sysctl fs.inotify.max_user_watches=524288 allows more",
        ),
        _ => failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_bundle_matter_and_what_decides_over_it() {
        let folder = Path::new("/p");
        let files =
            ["index.ts", "src/a.ts", "node_modules/x/i.js", "/shared/b.ts"].map(PathBuf::from);
        let matters = Matters::of(folder, &files);
        for path in
            ["index.ts", "src/a.ts", "src", "function.toml", "node_modules/.package-lock.json"]
        {
            assert!(matter(folder, &folder.join(path), &matters), "{path}");
        }
        for path in ["notes.md", "src/b.ts", "node_modules/x/i.js", ".git/index", "index.ts~"] {
            assert!(!matter(folder, &folder.join(path), &matters), "{path}");
        }
        assert!(matter(folder, Path::new("/shared/b.ts"), &matters));
        assert!(!matter(folder, Path::new("/shared/c.ts"), &matters));
    }

    #[test]
    fn without_a_bundle_every_file_matters_that_is_neither_hidden_nor_a_packages() {
        let of = |path: &str| matter(Path::new("/p"), &Path::new("/p").join(path), &Matters::All);
        assert!(of("src/new.ts") && of("package.json"));
        assert!(!of("node_modules/x/i.js") && !of(".git/HEAD") && !of("src/.a.ts.swp"));
    }
}
