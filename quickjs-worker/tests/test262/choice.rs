//! Which of the tests: always the same ones of what the machine has.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Where `scripts/test262` puts them.
const TREE: &str = "/var/cache/bunbase-tests/test262";

/// How many.
pub const CHOSEN: usize = 3000;

/// Names of files that are no tests.
const NO_TESTS: [&str; 3] = ["shell.js", "browser.js", "_FIXTURE.js"];

/// What only the shell of the browser has that these tests come with, what is no script, and what imports another file.
const NOT_FOR_US: [&str; 6] =
    ["$262", "flags: [module", "module]", "module,", "flags: [raw", "import("];

/// The tests, and what they need.
pub struct Tree(PathBuf);

impl Tree {
    /// The tree, or `None` where the machine was told to do without.
    pub fn find() -> Option<Self> {
        let at = std::env::var_os("BUNBASE_TEST_262").map_or_else(|| TREE.into(), PathBuf::from);
        if at.join("ready").exists() {
            return Some(Self(at));
        }
        let without = std::env::var_os("BUNBASE_WITHOUT_SUITES").is_some();
        assert!(without, "no test262 in {}: run scripts/test262", at.display());
        None
    }

    /// The text of a file, named from the root.
    pub fn read(&self, path: &Path) -> Option<String> {
        fs::read_to_string(self.0.join(path)).ok()
    }

    /// The chosen tests, named from the root. In the order of a hash of their names, which no one has chosen.
    pub fn chosen(&self) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for folder in ["annexB", "built-ins", "language"] {
            self.walk(Path::new(folder), &mut paths);
        }
        paths.sort_by_cached_key(|path| hash(path));
        let meant = paths.into_iter().filter(|path| self.is_meant(path));
        meant.take(CHOSEN).collect()
    }

    fn walk(&self, at: &Path, paths: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(self.0.join(at)).expect("a folder") {
            let entry = entry.expect("a folder that can be read");
            let path = at.join(entry.file_name());
            if entry.file_type().expect("a file").is_dir() {
                self.walk(&path, paths);
            } else if !NO_TESTS.iter().any(|name| path.to_string_lossy().ends_with(name)) {
                paths.push(path);
            }
        }
    }

    fn is_meant(&self, path: &Path) -> bool {
        self.read(path).is_some_and(|text| !NOT_FOR_US.iter().any(|part| text.contains(part)))
    }
}

fn hash(path: &Path) -> Vec<u8> {
    Sha256::digest(path.to_string_lossy().as_bytes()).to_vec()
}
