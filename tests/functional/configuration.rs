//! docs/configuration.md and docs/command.md are true: keys, defaults, variables and verbs are those of the programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use bunbase_tests::{binary, repository};

const DAEMONS: [&str; 3] = ["gateway", "ipcd", "schedulerd"];
const UNKNOWN: &str = "a_key_that_nobody_knows";

fn document(name: &str) -> String {
    fs::read_to_string(repository("docs").join(name)).unwrap()
}

/// The rows of the table under a heading, each as its cells.
fn table(document: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, rest) = document.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells =
        |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

/// What stands between backquotes.
fn words(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What a daemon answers to `--check` of this file.
fn check(daemon: &str, toml: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    fs::write(&file, toml).unwrap();
    let mut command = Command::new(binary(&format!("bunbase-{daemon}")));
    let output = command.args(["--check", "--config"]).arg(&file).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// The keys that a daemon knows, as it says where it meets one that it doesn't. Those of a section have its name before them.
fn known(daemon: &str, section: Option<&str>) -> BTreeSet<String> {
    let heading = section.map(|name| format!("[{name}]\n")).unwrap_or_default();
    let said = check(daemon, &format!("{heading}{UNKNOWN} = 1\n"));
    let key = section.map_or(UNKNOWN.to_owned(), |name| format!("{name}.{UNKNOWN}"));
    let line =
        said.lines().find(|line| line.contains(&format!(" {key}: unknown key; known here: ")));
    let list = line.unwrap_or_else(|| panic!("{daemon}: {said}")).rsplit_once(": ").unwrap().1;
    list.split(", ")
        .map(|name| section.map_or(name.to_owned(), |of| format!("{of}.{name}")))
        .collect()
}

#[test]
fn the_keys_of_the_document_are_those_that_the_daemons_know() {
    let document = document("configuration.md");
    for daemon in DAEMONS {
        let rows = table(&document, &format!("{daemon}.toml"));
        let documented: BTreeSet<String> = rows.iter().flat_map(|row| words(&row[0])).collect();
        let sections: BTreeSet<&str> =
            documented.iter().filter_map(|key| Some(key.split_once('.')?.0)).collect();
        let mut all = known(daemon, None);
        for section in sections {
            assert!(all.remove(section), "{daemon} knows no section {section}");
            all.extend(known(daemon, Some(section)));
        }
        assert_eq!(documented, all, "{daemon}");
    }
}

#[test]
fn the_defaults_of_the_document_are_those_in_force() {
    let document = document("configuration.md");
    for daemon in DAEMONS {
        let said = check(daemon, "");
        let rows = table(&document, &format!("{daemon}.toml"));
        let documented: BTreeMap<String, String> =
            rows.iter().map(|row| (words(&row[0])[0].clone(), words(&row[2])[0].clone())).collect();
        assert!(said.lines().count() > 5, "{said}");
        for line in said.lines() {
            let (key, rest) = line.split_once(" = ").unwrap();
            let value = rest.split_once("  #").unwrap().0;
            assert_eq!(documented.get(key).map(String::as_str), Some(value), "{daemon}: {key}");
        }
    }
}

#[test]
fn our_variables_in_the_document_are_those_that_the_sources_read() {
    let rows = table(&document("configuration.md"), "Variables of the environment");
    let ours = |name: &String| name.starts_with("BUNBASE_");
    let documented: BTreeSet<String> =
        rows.iter().flat_map(|row| words(&row[0])).filter(ours).collect();
    let mut read = BTreeSet::new();
    for folder in ["cli", "crates", "gateway", "ipcd", "schedulerd", "quickjs-worker"] {
        collect(&repository(folder), &mut read);
    }
    assert_eq!(documented, read);
}

/// Adds what looks like a variable of ours in the sources below a folder.
fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("tests") && !path.ends_with("benches") {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let quoted = text.split('"').filter(|part| part.starts_with("BUNBASE_"));
            let is_name =
                |part: &&str| part.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
            found.extend(quoted.filter(is_name).map(str::to_owned));
        }
    }
}

#[test]
fn every_verb_has_its_line_in_the_document_of_the_command() {
    let help = Command::new(binary("bunbase")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let rows = table(&document("command.md"), "Verbs");
    let documented: BTreeSet<String> = rows
        .iter()
        .flat_map(|row| words(&row[0]))
        .filter_map(|verb| verb.split(' ').next().map(str::to_owned))
        .collect();
    let (groups, _) = help.split_once("\nOptions:").unwrap();
    let verbs = groups.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let verbs: Vec<&str> = verbs.collect();
    assert!(verbs.len() > 8, "{groups}");
    for verb in verbs {
        assert!(documented.contains(verb), "{verb} is not in docs/command.md");
    }
}
