//! What would be wrong is made wrong: the checks of the other tests have to say so.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::book::{Book, Fate};
use super::disk;
use super::ipcd::Ipcd;
use super::kills::{acknowledged, check, one_of_each};
use super::points::Before;
use super::step::{FUNCTIONS, Step};
use super::strace::{Call, Strace};

/// Whichever of the two it is that the checks say of a deploy that was never sent.
const EITHER: [Fate; 2] = [Fate::Made, Fate::NotMade];

/// Changes something behind the back of a dead ipcd, and says what the checks find.
fn found_after(tamper: impl FnOnce(&Path)) -> String {
    let (mut ipcd, mut book) = (Ipcd::start(), Book::empty());
    for step in one_of_each() {
        acknowledged(&ipcd, &mut book, &step);
    }
    ipcd.kill();
    tamper(&ipcd.state());
    let checked = check(&mut ipcd, &mut book, &Step::deploy(FUNCTIONS[0]), &EITHER);
    checked.expect_err("something is wrong, and nothing was found")
}

fn sql(state: &Path, statements: &str) {
    Connection::open(state.join("registry.db")).unwrap().execute_batch(statements).unwrap();
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let (mut ipcd, mut book) = (Ipcd::start(), Book::empty());
    let step = Step::deploy(FUNCTIONS[0]);
    acknowledged(&ipcd, &mut book, &step);
    ipcd.kill();
    assert_eq!(check(&mut ipcd, &mut book, &step, &[Fate::NotMade]), Ok(Fate::NotMade));
}

#[test]
fn a_version_without_its_bundle_is_found() {
    let found = found_after(|state| {
        let db = Connection::open(state.join("registry.db")).unwrap();
        let bundle = "SELECT bundle FROM versions LIMIT 1";
        let bundle: String = db.query_row(bundle, [], |row| row.get(0)).unwrap();
        fs::remove_file(state.join("bundles").join(bundle)).unwrap();
    });
    assert!(found.contains("a version has no file"), "{found}");
}

#[test]
fn a_bundle_that_is_there_by_half_is_found() {
    let found = found_after(|state| {
        let mut bundles = fs::read_dir(state.join("bundles")).unwrap();
        let bundle = bundles.find(|entry| entry.as_ref().unwrap().path().extension().is_none());
        let bundle = fs::OpenOptions::new().write(true).open(bundle.unwrap().unwrap().path());
        bundle.unwrap().set_len(20).unwrap();
    });
    assert!(found.contains("or a damaged one"), "{found}");
}

#[test]
fn an_acknowledged_deploy_that_is_lost_is_found() {
    let found = found_after(|state| sql(state, "DELETE FROM functions WHERE name = 'a'"));
    assert!(found.contains("neither made"), "{found}");
}

#[test]
fn a_variable_that_is_lost_is_found() {
    let found = found_after(|state| sql(state, "DELETE FROM variables"));
    assert!(found.contains("neither made"), "{found}");
}

#[test]
fn a_version_of_a_deploy_that_was_not_made_is_found() {
    let half = "INSERT INTO versions SELECT function, replace(version, substr(version, 1, 8), '00000000'),
        manifest, bundle, source_map, bundle_bytes, created_at FROM versions WHERE function = 'a' LIMIT 1";
    let found = found_after(|state| sql(state, half));
    assert!(found.contains("neither made"), "{found}");
}

#[test]
fn what_belongs_to_nothing_is_found_in_a_running_ipcd() {
    for name in ["0123.tmp", "0123"] {
        let (ipcd, mut book) = (Ipcd::start(), Book::empty());
        acknowledged(&ipcd, &mut book, &Step::deploy(FUNCTIONS[0]));
        assert_eq!(disk::tidy(&ipcd.state()), Ok(()));
        fs::write(ipcd.state().join("bundles").join(name), "").unwrap();
        assert!(disk::tidy(&ipcd.state()).unwrap_err().contains("belongs to no version"));
    }
}

/// The guard is what ipcd writes down of a deploy that it tries.
#[test]
fn a_deploy_that_was_tried_is_found_where_ipcd_forgets_that_it_was_only_tried() {
    let before = Before::new();
    let (mut ipcd, mut book) = (before.start(), before.book.clone());
    let staged = before.calls.iter().skip_while(|call| !is_log(call, "fsync"));
    let serves = staged.skip(1).find(|call| is_log(call, "pwrite64")).unwrap();
    let mut client = ipcd.client();
    let strace = Strace::attach(ipcd.pid(), Some(&serves.kills()));
    before.step.make(&mut client).unwrap_err();
    ipcd.await_end();
    drop(strace);
    sql(&ipcd.state(), "PRAGMA foreign_keys = ON; DELETE FROM staged;");
    let found = check(&mut ipcd, &mut book, &before.step, &EITHER).unwrap_err();
    assert!(found.contains("neither made"), "{found}");
}

fn is_log(call: &Call, name: &str) -> bool {
    call.name == name && call.line.contains("-wal>")
}
