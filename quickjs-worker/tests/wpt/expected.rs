//! What is known to fail in a directory, and why: a file `expected/DIRECTORY.toml`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::found::Found;

/// What new failures get, until someone has looked into them.
pub const TODO: &str = "TODO";

const HEAD: &str = "\
# What is known to fail, and why. `UPDATE_EXPECTED=1 cargo nextest run --release -p bunbase-quickjs-worker --test wpt` writes it anew
# and keeps the reasons; what is new gets the reason TODO, which is to be replaced. Without `subtests`, all of a file fail.
";

/// What is known of a directory.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// How many subtests there are.
    pub subtests: usize,
    /// How many of them pass.
    pub passed: usize,
    /// Why it is below what is promised, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<String>,
    /// What fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<Group>,
}

/// Failures of one file that have one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The file, with its variant.
    pub file: String,
    /// Why they fail.
    pub reason: String,
    /// Which; nothing means all of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtests: Option<Vec<String>>,
}

impl Expected {
    /// What is known of a directory.
    pub fn load(directory: &str) -> Self {
        let text = fs::read_to_string(path(directory)).unwrap_or_default();
        if text.is_empty() {
            return Self::default();
        }
        toml::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path(directory).display()))
    }

    /// Writes it down.
    pub fn save(&self, directory: &str) {
        let mut text = HEAD.to_owned();
        let body = toml::to_string_pretty(self).expect("what TOML can say");
        write!(text, "\n{body}").expect("a text");
        fs::write(path(directory), text).expect("a folder of this package");
    }

    /// What is so now, with the reasons that are known.
    pub fn updated(&self, found: &[Found]) -> Self {
        Self {
            subtests: found.iter().map(|file| file.subtests).sum(),
            passed: found.iter().map(|file| file.passed).sum(),
            below: self.below.clone(),
            expected: found.iter().flat_map(|file| self.groups(file)).collect(),
        }
    }

    fn groups(&self, found: &Found) -> Vec<Group> {
        let mut left: BTreeSet<String> = found.failed.keys().cloned().collect();
        let whole = found.passed == 0 && !found.failed.is_empty();
        let known = self.expected.iter().filter(|group| group.file == found.file);
        let mut groups: Vec<Group> =
            known.filter_map(|group| group.shrunk(&mut left, whole)).collect();
        if !left.is_empty() {
            let new = Group { file: found.file.clone(), reason: TODO.to_owned(), subtests: None };
            let all = whole && groups.is_empty();
            groups.push(if all { new } else { new.with(left) });
        }
        groups
    }
}

impl Group {
    /// Whether it says that this fails.
    pub fn covers(&self, file: &str, subtest: &String) -> bool {
        self.file == file
            && self.subtests.as_ref().is_none_or(|subtests| subtests.contains(subtest))
    }

    /// Without what passes now; takes what it names out of `left`. A file of which some passes now has to be looked into again.
    fn shrunk(&self, left: &mut BTreeSet<String>, whole: bool) -> Option<Self> {
        let Some(subtests) = &self.subtests else {
            return whole.then(|| {
                left.clear();
                self.clone()
            });
        };
        let still: BTreeSet<String> =
            subtests.iter().filter(|subtest| left.remove(*subtest)).cloned().collect();
        (!still.is_empty()).then(|| self.with(still))
    }

    fn with(&self, subtests: BTreeSet<String>) -> Self {
        Self { subtests: Some(subtests.into_iter().collect()), ..self.clone() }
    }
}

fn path(directory: &str) -> PathBuf {
    let name = format!("tests/wpt/expected/{}.toml", directory.replace('/', "_"));
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}
