//! Bytecode: made at the deploy, handed to workers, and not needed.

use std::path::PathBuf;

use bunbase_tests::{Project, Suite, repository, wait};

/// The bytecode files that ipcd keeps.
fn kept(suite: &Suite) -> Vec<PathBuf> {
    let folders = [suite.folder().join("state"), suite.folder().to_owned()];
    let bundles = folders.into_iter().map(|folder| folder.join("bundles"));
    let bundles = bundles.into_iter().find(|folder| folder.is_dir()).expect("a folder of bundles");
    let files = std::fs::read_dir(bundles).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "bytecode")).collect()
}

#[test]
fn a_deploy_has_its_bundle_compiled_before_it_is_acknowledged() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("first", "return new Response('one')"));
    let files = kept(&suite);
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(std::fs::read(&files[0]).unwrap().starts_with(b"BBQJSBC1"));
    assert_eq!(suite.get("/functions/first").text(), "one");
}

/// The workers run the bytecode and not the source: the bundle in the store is made unreadable as JavaScript.
#[test]
fn workers_run_the_bytecode() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("first", "return new Response('one')"));
    let bytecode = kept(&suite).remove(0);
    let name = bytecode.file_name().unwrap().to_str().unwrap().split('.').next().unwrap();
    std::fs::write(bytecode.with_file_name(name), "no JavaScript").unwrap();
    assert_eq!(suite.get("/functions/first").text(), "one");
}

#[test]
fn without_its_bytecode_or_with_damaged_bytecode_a_function_answers_all_the_same() {
    let suite = Suite::start();
    for (name, damage) in [("gone", None), ("damaged", Some(&b"BBQJSBC1 damaged"[..]))] {
        suite.deploy(&Project::handler(name, "return new Response('ok')"));
        for file in kept(&suite) {
            match damage {
                Some(bytes) => std::fs::write(file, bytes).unwrap(),
                None => std::fs::remove_file(file).unwrap(),
            }
        }
        assert_eq!(suite.get(&format!("/functions/{name}")).text(), "ok", "{name}");
    }
}

/// As after an upgrade: what another release has compiled is not looked for.
#[test]
fn bytecode_that_is_not_there_is_made_again_for_the_workers_to_come() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("again", "return new Response('ok')"));
    let file = kept(&suite).remove(0);
    std::fs::remove_file(&file).unwrap();
    // The one that there is has it open.
    suite.kill_and_await_restart("schedulerd");
    assert_eq!(suite.get("/functions/again").text(), "ok");
    wait::until_true("bytecode", || kept(&suite) == [file.clone()]);
}

#[test]
fn frameworks_run_from_bytecode() {
    let suite = Suite::start();
    suite.deploy_folder(&repository("examples/hono"));
    assert_eq!(kept(&suite).len(), 1);
    assert_eq!(suite.get("/functions/hono/").status, 200);
}
