//! Bundles and source maps: files named by the SHA-256 of what is in them; and bytecode, named after its bundle.
//!
//! A file appears whole or not at all: written under another name, fsynced, renamed, the folder fsynced.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The folder of bundles.
#[derive(Debug, Clone)]
pub struct Bundles(PathBuf);

impl Bundles {
    /// Where it is.
    pub fn folder(state: &Path) -> PathBuf {
        state.join("bundles")
    }

    /// Moves files here that are synced, and have been seen to be what their names say. When this returns, they are here for good.
    pub fn adopt<'a>(
        state: &Path,
        files: impl Iterator<Item = (PathBuf, &'a str)>,
    ) -> io::Result<()> {
        let folder = Self::folder(state);
        fs::create_dir_all(&folder)?;
        for (path, name) in files {
            fs::rename(path, folder.join(name))?;
        }
        File::open(&folder)?.sync_all()
    }

    /// The folder below the state directory; made if it isn't there. What an interrupted write left is removed.
    pub fn open(state: &Path) -> io::Result<Self> {
        let folder = Self::folder(state);
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "tmp") {
                fs::remove_file(path)?;
            }
        }
        Ok(Self(folder))
    }

    /// Stores content and returns its name. What is there already is not written again, unless it is damaged.
    pub fn store(&self, content: &[u8]) -> io::Result<String> {
        let name = hash([content]);
        self.store_as(&name, content)?;
        Ok(name)
    }

    /// As [`Bundles::store`], under another name.
    pub fn store_as(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = self.0.join(name);
        if !fs::read(&path).is_ok_and(|there| there == content) {
            fs::create_dir_all(&self.0)?;
            let temporary = self.0.join(format!("{name}.tmp"));
            let written = write(&temporary, content).and_then(|()| fs::rename(&temporary, &path));
            if let Err(error) = written {
                // The first error counts; what could not be written may not be there to remove.
                let _ = fs::remove_file(&temporary);
                return Err(error);
            }
        }
        // Also of what is there already: whoever put it there may have died, or failed, before this.
        File::open(&self.0)?.sync_all()
    }

    /// The names of all files.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect()
    }

    /// Where what has this name is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Opens what was stored under a name.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        File::open(self.0.join(name))
    }
}

/// Bytes of the registry with its log, and of all bundles, in a state directory. What can't be seen counts nothing.
pub fn sizes(state: &Path) -> (u64, u64) {
    let size = |path: PathBuf| path.metadata().map_or(0, |file| file.len());
    let registry = ["registry.db", "registry.db-wal"].map(|name| size(state.join(name)));
    let bundles = fs::read_dir(Bundles::folder(state)).into_iter().flatten().flatten();
    (registry.iter().sum(), bundles.map(|entry| size(entry.path())).sum())
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// The SHA-256 of parts one after the other, in hex.
pub fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

/// Bytes in hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn content_is_found_again_under_its_hash() {
        let state = tempfile::tempdir().unwrap();
        let bundles = Bundles::open(state.path()).unwrap();
        let name = bundles.store(b"abc").unwrap();
        assert_eq!(name, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let mut text = String::new();
        bundles.open_file(&name).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        assert_eq!(bundles.store(b"abc").unwrap(), name);
    }

    #[test]
    fn what_an_interrupted_write_left_is_removed_at_start() {
        let state = tempfile::tempdir().unwrap();
        let bundles = Bundles::open(state.path()).unwrap();
        let left = state.path().join("bundles/0123.tmp");
        fs::write(&left, "half").unwrap();
        let name = bundles.store(b"whole").unwrap();
        let bundles = Bundles::open(state.path()).unwrap();
        assert!(!left.exists());
        assert!(bundles.open_file(&name).is_ok());
    }

    #[test]
    fn a_damaged_or_missing_bundle_is_healed_by_storing_it_again() {
        let state = tempfile::tempdir().unwrap();
        let bundles = Bundles::open(state.path()).unwrap();
        let name = bundles.store(b"whole").unwrap();
        let path = state.path().join("bundles").join(&name);
        fs::write(&path, "wh").unwrap();
        bundles.store(b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        fs::remove_dir_all(state.path().join("bundles")).unwrap();
        bundles.store(b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }
}
