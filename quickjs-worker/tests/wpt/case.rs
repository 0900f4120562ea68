//! A test file, what its `// META:` lines ask for, and the bundle that is made of it.

use std::collections::BTreeMap;

use serde_json::json;

use crate::left_out::LeftOut;
use crate::tree::Tree;

/// What surrounds the test in its bundle.
const FRAME: &str = include_str!("frame.js");

/// The parser of interface definitions.
const PARSER: &str = "resources/webidl2/lib/webidl2.js";

/// What keeps the names of a script from being global, if it is evaluated.
const STRICT: [&str; 2] = ["'use strict'", "\"use strict\""];

/// How long a file may take, in milliseconds, and one that says `timeout=long`.
const TIMEOUTS: [u64; 2] = [10_000, 30_000];

/// A test file with one of its variants.
pub struct Case {
    /// The file, from the root of the tree.
    pub path: String,
    /// The file, and the variant's query: `url/url-constructor.any.js?include=file`.
    pub name: String,
    /// How long it may take, in milliseconds.
    pub timeout: u64,
    /// The module that runs it: it answers any request with the results.
    pub bundle: String,
}

impl Case {
    /// The cases in a folder and below it, or of one file, without what is left out.
    pub fn all(tree: &Tree, below: &str, left_out: &LeftOut) -> Vec<Self> {
        let cases = tree.tests(below).into_iter().flat_map(|path| Self::of(tree, &path));
        cases.filter(|case| !left_out.has(case)).collect()
    }

    fn of(tree: &Tree, path: &str) -> Vec<Self> {
        let test = tree.read(path).expect("a test in UTF-8");
        let mut variants = meta(&test, "variant");
        if variants.is_empty() {
            variants.push("");
        }
        variants.into_iter().map(|variant| Self::variant(tree, path, &test, variant)).collect()
    }

    fn variant(tree: &Tree, path: &str, test: &str, variant: &str) -> Self {
        let timeout = TIMEOUTS[usize::from(meta(test, "timeout").contains(&"long"))];
        let helpers: Vec<String> = meta(test, "script")
            .into_iter()
            .map(|script| globals(&tree.read(&resolve(path, script)).expect("a helper in UTF-8")))
            .collect();
        let bundle = json!({
            "path": path, "search": variant, "secure": path.contains(".https."), "timeout": timeout,
            "harness": tree.read("resources/testharness.js"),
            "files": files(tree, path, test, &helpers), "helpers": helpers, "test": test,
        });
        let bundle = format!("const bundle = {bundle};\n{FRAME}");
        Self { path: path.to_owned(), name: format!("{path}{variant}"), timeout, bundle }
    }
}

/// The values of a key in the comments at the file's start.
fn meta<'a>(test: &'a str, key: &str) -> Vec<&'a str> {
    let lines = test.lines().take_while(|line| line.starts_with("//") || line.trim().is_empty());
    lines
        .filter_map(|line| line.trim_start_matches('/').trim().strip_prefix("META:"))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim())
        .collect()
}

/// A path that a test names, from the root of the tree.
fn resolve(test: &str, path: &str) -> String {
    let base = url::Url::parse("http://wpt/").expect("a URL").join(test).expect("a path");
    match base.join(path).expect("a path").path() {
        // Another name of the same file, which only a server would know.
        "/resources/WebIDLParser.js" => PARSER.to_owned(),
        path => path[1..].to_owned(),
    }
}

/// A script whose names at the top level are there for the scripts after it, though it is not evaluated as a script.
///
/// One of them finds SharedArrayBuffer by way of WebAssembly: where there is none of that, by its name.
fn globals(script: &str) -> String {
    let line = |line: &str| match line.split_once(' ') {
        Some(("const" | "let", rest)) => format!("var {rest}"),
        Some(("class", rest)) => {
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            format!("var {name} = class {rest}")
        }
        _ => line.to_owned(),
    };
    let script =
        script.replace("sabConstructor = null", "sabConstructor = globalThis.SharedArrayBuffer");
    let lines = script.lines().filter(|line| !STRICT.contains(&line.trim_end_matches(';')));
    lines.map(line).collect::<Vec<_>>().join("\n")
}

/// The files that the scripts may fetch or import, which are those that they mention.
fn files(tree: &Tree, path: &str, test: &str, helpers: &[String]) -> BTreeMap<String, String> {
    let mentioned = |name: &str| test.contains(name) || helpers.iter().any(|h| h.contains(name));
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut near = tree.files(&format!("{folder}/resources"));
    near.extend(tree.files("fetch/data-urls/resources"));
    near.retain(|file| mentioned(file.rsplit('/').next().unwrap_or(file)));
    if mentioned("idl_test") {
        near.extend(tree.files("interfaces"));
        near.extend(["WebIDLParser.js", "idlharness.js"].map(|name| format!("resources/{name}")));
    }
    let text = |file: &str| tree.read(&resolve(path, &format!("/{file}")));
    near.into_iter().filter_map(|file| Some((file.clone(), text(&file)?))).collect()
}
