//! The copy of the Web Platform Tests on this machine.

use std::fs;
use std::path::{Path, PathBuf};

/// Where `scripts/wpt` puts it.
const TREE: &str = "/var/cache/bunbase-tests/wpt";

/// What a test file that needs no page is named.
const KINDS: [&str; 3] = [".any.js", ".window.js", ".worker.js"];

/// The tests, and what they need.
pub struct Tree(PathBuf);

impl Tree {
    /// The tree, or `None` where the machine was told to do without.
    pub fn find() -> Option<Self> {
        let at = std::env::var_os("BUNBASE_TEST_WPT").map_or_else(|| TREE.into(), PathBuf::from);
        if at.join("ready").exists() {
            return Some(Self(at));
        }
        let without = std::env::var_os("BUNBASE_WITHOUT_SUITES").is_some();
        assert!(without, "no Web Platform Tests in {}: run scripts/wpt", at.display());
        None
    }

    /// The text of a file, named from the root of the tree.
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.0.join(path)).ok()
    }

    /// The test files in a folder and below it, or this one file; sorted.
    pub fn tests(&self, below: &str) -> Vec<String> {
        let mut paths = Vec::new();
        self.walk(Path::new(below), &mut paths);
        paths.retain(|path| KINDS.iter().any(|kind| path.ends_with(kind)));
        paths.sort();
        paths
    }

    /// The files in a folder and below it, named from the root of the tree.
    pub fn files(&self, below: &str) -> Vec<String> {
        let mut paths = Vec::new();
        self.walk(Path::new(below), &mut paths);
        paths
    }

    fn walk(&self, at: &Path, paths: &mut Vec<String>) {
        let Ok(entries) = fs::read_dir(self.0.join(at)) else {
            let file = self.0.join(at).is_file();
            paths.extend(file.then(|| at.display().to_string()));
            return;
        };
        for entry in entries {
            self.walk(&at.join(entry.expect("a folder that can be read").file_name()), paths);
        }
    }
}
