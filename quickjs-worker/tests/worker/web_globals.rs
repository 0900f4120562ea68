//! docs/web-apis.md says of each global of the Minimum Common Web API whether it is here; the worker is asked.

use crate::host::{Host, post, text};

const DOCUMENT: &str = include_str!("../../../docs/web-apis.md");

/// The first cell of each row below the heading with the list of globals, and whether it says that they are missing.
fn rows() -> Vec<(String, bool)> {
    let list = DOCUMENT.split("<!-- globals -->").nth(1).expect("the list of globals");
    let rows = list.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[1].to_owned(), cells[2].starts_with("missing"))
    })
    .collect()
}

/// The names in backquotes.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn is_there(host: &mut Host, id: u64, name: &str) -> bool {
    let expression = format!("return String({} !== undefined)", name_as_expression(name));
    text(&host.ask(post(id, expression))) == "true"
}

/// `a.b` is looked up from the global object.
fn name_as_expression(name: &str) -> String {
    name.split('.').fold("globalThis".to_owned(), |path, part| format!("{path}?.{part}"))
}

#[test]
fn the_globals_that_the_documentation_lists_are_there_and_those_it_calls_missing_are_not() {
    let mut host =
        Host::serving("export default async (r) => new Response(new Function(await r.text())())");
    let listed: Vec<(String, bool)> = rows()
        .iter()
        .flat_map(|(cell, missing)| {
            names(cell).map(|name| (name.to_owned(), *missing)).collect::<Vec<_>>()
        })
        .collect();
    assert!(listed.len() > 80, "only {} globals are listed", listed.len());
    let wrong: Vec<&String> = (1..)
        .zip(&listed)
        .filter(|(id, (name, missing))| is_there(&mut host, *id, name) == *missing)
        .map(|(_, (name, _))| name)
        .collect();
    assert!(wrong.is_empty(), "the documentation is wrong about {wrong:?}");
}
