//! The same bundles in Node and Deno: `peers.json`, which `scripts/wpt-peers` writes anew.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::directories::DIRECTORIES;
use crate::left_out::LeftOut;
use crate::outcome::Outcome;
use crate::run;
use crate::tree::Tree;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wpt/peers.json");

/// Imports a bundle as a worker would, and prints the answer's body.
const RUNNER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wpt/peer.mjs");

/// How the line with a report begins.
const REPORT: &[u8] = b"{\"harness\"";

/// What the other runtimes make of the tests, by their names.
#[derive(Default, Serialize, Deserialize)]
pub struct Peers(pub BTreeMap<String, Peer>);

/// What one of them does.
#[derive(Serialize, Deserialize)]
pub struct Peer {
    /// Which version of it.
    pub version: String,
    /// By file (with its variant): how many subtests pass, and how many there are.
    pub files: BTreeMap<String, (usize, usize)>,
}

impl Peers {
    /// Those of `peers.json`.
    pub fn load() -> Self {
        let json = fs::read(FILE).unwrap_or_else(|_| b"{}".to_vec());
        serde_json::from_slice(&json).expect("peers.json")
    }

    /// The most subtests that any of them finds in a file.
    pub fn most(&self, file: &str) -> usize {
        self.0
            .values()
            .filter_map(|peer| peer.files.get(file))
            .map(|(_, all)| *all)
            .max()
            .unwrap_or(0)
    }
}

/// Another runtime: the name of the variable that has its command, and its arguments before a script.
const RUNTIMES: [(&str, &str, &[&str]); 2] =
    [("Node", "WPT_NODE", &[]), ("Deno", "WPT_DENO", &["run", "--allow-all", "--quiet"])];

#[test]
#[ignore = "measures Node and Deno: scripts/wpt-peers"]
fn peers_are_measured() {
    let tree = Tree::find().expect("the Web Platform Tests");
    let left_out = LeftOut::load();
    let cases: Vec<Case> =
        DIRECTORIES.iter().flat_map(|folder| Case::all(&tree, folder, &left_out)).collect();
    let measured = RUNTIMES.map(|(name, variable, arguments)| {
        let program = std::env::var(variable).expect("the command of the runtime");
        (name.to_owned(), Peer::measure(&cases, &program, arguments))
    });
    let json = serde_json::to_string_pretty(&Peers(measured.into())).expect("JSON");
    fs::write(FILE, json + "\n").expect("a folder of this package");
}

impl Peer {
    fn measure(cases: &[Case], program: &str, arguments: &[&str]) -> Self {
        let left_out = LeftOut::load();
        let run = |case: &Case| left_out.strip(case, in_peer(case, program, arguments));
        let outcomes = run::each(cases, run);
        let count = |outcome: &Outcome| (outcome.passed(), outcome.subtests.len());
        let both = cases.iter().zip(&outcomes);
        Self {
            version: version(program),
            files: both.map(|(case, outcome)| (case.name.clone(), count(outcome))).collect(),
        }
    }
}

/// Runs a case in another runtime, which is ended when it takes too long.
fn in_peer(case: &Case, program: &str, arguments: &[&str]) -> Outcome {
    let mut bundle = tempfile::Builder::new().suffix(".mjs").tempfile().expect("a file");
    bundle.write_all(case.bundle.as_bytes()).expect("room for a bundle");
    let mut command = Command::new("timeout");
    command.arg((case.timeout / 1000 + 15).to_string()).arg(program).args(arguments);
    let output = command.arg(RUNNER).arg(bundle.path()).stderr(Stdio::null()).output();
    let lines = output.expect("the runtime starts").stdout;
    let report = lines.split(|byte| *byte == b'\n').rfind(|line| line.starts_with(REPORT));
    report.map_or_else(|| Outcome::broken("no report"), Outcome::reported)
}

/// `v20.1.2`, `deno 2.3.4 (…)`: the first word with a digit in front, or after a `v`.
fn version(program: &str) -> String {
    let output = Command::new(program).arg("--version").output().expect("the runtime starts");
    let text = String::from_utf8(output.stdout).expect("a version in UTF-8");
    let mut words = text.split_whitespace().map(|word| word.trim_start_matches('v'));
    words.find(|word| word.starts_with(|c: char| c.is_ascii_digit())).expect("a version").to_owned()
}
