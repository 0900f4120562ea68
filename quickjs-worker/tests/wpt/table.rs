//! The table in `docs/web-apis.md`.

use std::fmt::Write;
use std::fs;

use crate::directories::DIRECTORIES;
use crate::expected::Expected;
use crate::peers::{Peer, Peers};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/web-apis.md");

const START: &str = "<!-- web platform tests: made by a test, UPDATE_DOCS=1 writes it anew -->\n";

const END: &str = "<!-- end of web platform tests -->\n";

#[test]
fn the_documented_rates_are_the_ones_measured() {
    let page = fs::read_to_string(PAGE).expect("the page");
    let (before, rest) = page.split_once(START).expect("where the table starts");
    let (_, after) = rest.split_once(END).expect("where the table ends");
    let now = format!("{before}{START}{}{END}{after}", table(&Peers::load()));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return fs::write(PAGE, now).expect("a page that can be written");
    }
    assert_eq!(page, now, "run it with UPDATE_DOCS=1");
}

fn table(peers: &Peers) -> String {
    let mut table = "| directory | subtests | passed | % |".to_owned();
    for (name, peer) in &peers.0 {
        write!(table, " {name} {} |", peer.version).expect("a text");
    }
    write!(table, "\n|---|--:|--:|--:|{}\n", "--:|".repeat(peers.0.len())).expect("a text");
    let rows: Vec<Row> = DIRECTORIES.iter().map(|name| Row::of(name, peers)).collect();
    rows.iter().for_each(|row| row.write(&mut table));
    Row::sum(&rows).write(&mut table);
    table
}

struct Row {
    name: String,
    subtests: usize,
    passed: usize,
    peers: Vec<usize>,
}

impl Row {
    fn of(name: &str, peers: &Peers) -> Self {
        let Expected { subtests, passed, .. } = Expected::load(name);
        let peers = peers.0.values().map(|peer| passed_in(name, peer)).collect();
        Self { name: format!("`{name}`"), subtests, passed, peers }
    }

    fn sum(rows: &[Self]) -> Self {
        let total = |value: &dyn Fn(&Self) -> usize| rows.iter().map(value).sum();
        let columns = rows.first().map_or(0, |row| row.peers.len());
        Self {
            name: "all".to_owned(),
            subtests: total(&|row| row.subtests),
            passed: total(&|row| row.passed),
            peers: (0..columns).map(|at| total(&|row| row.peers[at])).collect(),
        }
    }

    fn write(&self, table: &mut String) {
        let Self { name, subtests, passed, peers } = self;
        write!(table, "| {name} | {subtests} | {passed} | {} |", self.percent(*passed))
            .expect("a text");
        for passed in peers {
            write!(table, " {} |", self.percent(*passed)).expect("a text");
        }
        table.push('\n');
    }

    /// With one digit, never rounded up.
    fn percent(&self, passed: usize) -> String {
        let tenths = passed * 1000 / self.subtests.max(1);
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

fn passed_in(directory: &str, peer: &Peer) -> usize {
    let of = format!("{directory}/");
    let files = peer.files.iter().filter(|(file, _)| file.starts_with(&of));
    files.map(|(_, (passed, _))| passed).sum()
}
