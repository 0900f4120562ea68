//! A test, and the bundle that is made of it.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::choice::Tree;

/// What surrounds the test in its bundle.
const FRAME: &str = include_str!("frame.js");

/// A test.
pub struct Case {
    /// Its name, from the root of the tree.
    pub path: PathBuf,
    /// The module that runs it.
    pub bundle: String,
}

impl Case {
    /// A test of the tree.
    pub fn of(tree: &Tree, path: &Path) -> Self {
        let source = tree.read(path).expect("a test in UTF-8");
        let folders: Vec<&Path> = path.ancestors().skip(1).collect();
        let shells = folders.iter().rev().filter_map(|folder| tree.read(&folder.join("shell.js")));
        Self::new(path.to_owned(), &source, &shells.collect::<Vec<_>>())
    }

    /// A test with its harness.
    pub fn new(path: PathBuf, source: &str, harness: &[String]) -> Self {
        let strict = flags(source).any(|flag| flag == "onlyStrict");
        let source = format!("{}{source}", if strict { "'use strict';" } else { "" });
        let test = json!({ "harness": harness, "source": source, "negative": negative(&source) });
        Self { path, bundle: format!("const test = {test};\n{FRAME}") }
    }
}

fn flags(source: &str) -> impl Iterator<Item = &str> {
    let line = source.lines().find_map(|line| line.trim().strip_prefix("flags: ["));
    line.unwrap_or_default().trim_end_matches(']').split(',').map(str::trim)
}

/// `negative:` and below it, indented, `type: SyntaxError`.
fn negative(source: &str) -> Option<&str> {
    let (_, below) = source.split_once("\nnegative:")?;
    let indented = below.lines().skip(1).take_while(|line| line.starts_with(' '));
    indented.filter_map(|line| line.trim().strip_prefix("type:")).map(str::trim).next()
}
