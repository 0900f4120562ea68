//! Where the value of a secret is to be found: in no file of the state directory, in no log, in no answer. The twin finds a variable's value
//! with the same search.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use bunbase_tests::Suite;

const SECRET: &str = "q7Z-value-of-a-secret-0001";
const VARIABLE: &str = "q7Z-value-of-a-variable-0001";

/// A suite in which both have been set, replaced, used, logged and asked for in every way.
fn used() -> (Suite, String) {
    let suite = Suite::start();
    suite.deploy_handler("app", "", "console.log(env.S, env.V); return new Response(env.S)");
    let mut said = String::new();
    let mut run = |args: &[&str], input: &str| {
        let output = suite.bunbase_with(args, input.as_bytes());
        assert!(output.status.success(), "{output:?}");
        said.push_str(&String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
    };
    run(&["secret", "set", "app", "S"], "q7Z-value-of-a-secret-before");
    run(&["secret", "set", "app", "S"], SECRET);
    run(&["env", "set", "app", &format!("V={VARIABLE}")], "");
    for command in ["show", "versions"] {
        run(&[command, "app"], "");
        run(&["--json", command, "app"], "");
    }
    for command in ["secret", "env"] {
        run(&[command, "ls", "app"], "");
        run(&["--json", command, "ls", "app"], "");
    }
    assert_eq!(suite.get("/functions/app").text(), SECRET);
    suite.kill_and_await_restart("ipcd");
    suite.kill_and_await_restart("schedulerd");
    bunbase_tests::wait::until_true("an answer", || suite.get("/functions/app").status == 200);
    bunbase_tests::wait::until_true("its line", || suite.log().contains("[secret S]"));
    (suite, said)
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let is_socket = |path: &PathBuf| fs::metadata(path).is_ok_and(|m| m.file_type().is_socket());
    let files = files.into_iter().filter(|path| !is_socket(path));
    files.chain(folders.iter().flat_map(|folder| self::files(folder))).collect()
}

/// The names of the files that have this in them; sorted.
fn with(folder: &Path, text: &str) -> Vec<String> {
    let has = |path: &PathBuf| {
        fs::read(path).unwrap().windows(text.len()).any(|part| part == text.as_bytes())
    };
    let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let mut names: Vec<String> = files(folder).into_iter().filter(has).map(name).collect();
    names.sort();
    names
}

#[test]
fn the_value_of_a_secret_is_in_no_file_no_log_and_no_answer_of_a_command() {
    let (suite, said) = used();
    // What both values begin with, so that an earlier one is found as well.
    for value in [SECRET, "q7Z-value-of-a-secret"] {
        assert_eq!(with(suite.folder(), value), [""; 0]);
        assert!(!suite.log().contains(value) && !said.contains(value), "{said}");
    }
    let key = fs::metadata(suite.folder().join("secrets.key")).unwrap();
    assert_eq!((key.len(), key.permissions().mode() & 0o7777), (32, 0o600));
}

#[test]
fn the_same_search_finds_the_value_of_a_variable_everywhere() {
    let (suite, said) = used();
    let found = with(suite.folder(), VARIABLE);
    assert!(found.contains(&"log".to_owned()), "{found:?}");
    assert!(found.iter().any(|name| name.starts_with("registry.db")), "{found:?}");
    assert!(suite.log().contains(VARIABLE) && said.contains(VARIABLE), "{said}");
}
