//! The folders in which somebody may write what becomes part of a bundle.

use std::fs;
use std::path::{Path, PathBuf};

use crate::output::tell;

/// Folders that are watched at most.
const MOST: usize = 4096;

/// Packages, and what is hidden: editors' and version control's.
pub fn is_ignored(path: &Path) -> bool {
    path.iter().any(|part| part == "node_modules" || part.as_encoded_bytes().starts_with(b"."))
}

/// A folder and all below it, without those that are ignored; and node_modules itself, where its list of packages is.
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let packages = folder.join("node_modules");
    let mut found = vec![folder.to_owned()];
    let mut next = 0;
    while next < found.len() && found.len() < MOST {
        let folders = folders_in(&found[next]);
        found.extend(folders);
        next += 1;
    }
    if found.len() >= MOST {
        found.truncate(MOST);
        tell(&format!("warning: only {MOST} of the folders in {} are watched", folder.display()));
    }
    found.extend(packages.is_dir().then_some(packages));
    found
}

/// Links are not followed: what is bundled is watched where it is.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    // One that has gone has none.
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders
        .filter(|entry| !is_ignored(Path::new(&entry.file_name())))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_found_but_for_hidden_ones_and_those_of_packages() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().join("p");
        for folder in ["src/deep", ".git/objects", "node_modules/x"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let found = below(&root);
        let expected = ["", "src", "src/deep", "node_modules"].map(|part| root.join(part));
        assert_eq!(found.len(), expected.len());
        assert!(expected.iter().all(|folder| found.iter().any(|f| f == folder)), "{found:?}");
    }
}
