//! The same sources give the same bytes, and bundling leaves no trace.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::project::{Project, project};

fn example() -> Project {
    project(&[
        ("index.ts", r#"import a from "a"; import { x } from "./src/x"; export default [a, x];"#),
        ("src/x.ts", r#"export const x = () => [import("./y"), import("./index")];"#),
        ("src/y.ts", "import * as all from '../index'; export const url = [import.meta.url, all];"),
        ("src/index.ts", "export default 1; export * as self from './index';"),
        ("node_modules/a/index.js", "exports.a = typeof require; exports.file = __filename;"),
    ])
}

/// Every file below a directory, with its text.
fn files(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => {
                _ = found.insert(path.display().to_string(), fs::read_to_string(&path).unwrap())
            }
        }
    }
    found
}

#[test]
fn bundling_twice_gives_the_same_bytes() {
    let project = example();
    assert_eq!(project.bundle(), project.bundle());
}

#[test]
fn bundling_a_copy_elsewhere_gives_the_same_bytes() {
    assert_eq!(example().bundle(), example().bundle());
}

#[test]
fn neither_code_nor_map_says_where_the_project_lies() {
    let project = example();
    let (bundle, dir) = (project.bundle(), project.dir().canonicalize().unwrap());
    let map = bundle.map.unwrap();
    let name = dir.file_name().unwrap().to_str().unwrap().replace('.', "_");
    assert!(!bundle.code.contains(&name), "{}", bundle.code);
    assert!(!bundle.code.contains(dir.to_str().unwrap()), "{}", bundle.code);
    assert!(!map.contains(dir.to_str().unwrap()), "{map}");
    assert!(map.contains(r#""sources":["node_modules/a/index.js","src/y.ts","src/index.ts","src/x.ts","index.ts"]"#), "{map}");
}

#[test]
fn code_has_no_comment_about_its_map() {
    assert!(!example().bundle().code.contains("sourceMappingURL"));
}

#[test]
fn nothing_is_written_to_the_project() {
    let project = example();
    let before = files(project.dir());
    project.bundle();
    assert_eq!(files(project.dir()), before);
}
