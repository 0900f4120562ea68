//! A kernel that lacks a layer: no worker starts, and everybody says why; unless the operator accepts it.

use std::process::{Command, Output};

use bunbase_tests::{Project, Suite, binary, refuse};
use nix::libc::{ENOSYS, SYS_landlock_create_ruleset, SYS_seccomp};

/// A suite on a kernel without Landlock, with this schedulerd.toml.
fn without_landlock(config: &str) -> Suite {
    suite_that_lacks(&[SYS_landlock_create_ruleset], config)
}

fn suite_that_lacks(calls: &[i64], config: &str) -> Suite {
    let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap().keep();
    std::fs::write(folder.join("schedulerd.toml"), config).unwrap();
    let mut up = Command::new(binary("bunbase"));
    up.args(["up", "--http", "127.0.0.1:0", "--state"]).arg(&folder);
    refuse::refuse(&mut up, calls, ENOSYS.unsigned_abs());
    Suite::from_command(&folder, up)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn doctor(suite: &Suite) -> Output {
    suite.bunbase(&["doctor"])
}

#[test]
fn doctor_ready_and_the_log_say_that_every_layer_is_in_force() {
    let suite = Suite::start();
    let said = doctor(&suite);
    assert!(said.status.success(), "{}", text(&said.stderr));
    let said = text(&said.stdout);
    for layer in [
        "ids",
        "rlimits",
        "namespaces",
        "capabilities",
        "privileges",
        "landlock",
        "seccomp",
        "descriptors",
    ] {
        let line = said.lines().find(|line| line.starts_with(&format!("{layer} ")));
        assert!(line.is_some_and(|line| line.contains("in force")), "{layer} in {said}");
        assert!(suite.log().contains(&format!("layer={layer} ")), "{layer}");
    }
    assert!(said.contains("permissions.net is all or nothing"));
    let ready = suite.get("/ready");
    assert_eq!((ready.status, ready.text()), (200, "ready\n"));
}

#[test]
fn without_a_layer_no_worker_starts_and_everybody_says_why() {
    let suite = without_landlock("");
    suite.deploy(&Project::handler("hello", "return new Response('ran')"));
    let answer = suite.get("/functions/hello");
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("spawn_failed")));
    assert!(suite.workers().is_empty());
    let ready = suite.get("/ready");
    assert_eq!((ready.status, ready.json()["code"].as_str()), (503, Some("cage_missing")));
    assert!(ready.text().contains("landlock"), "{}", ready.text());
    let said = doctor(&suite);
    assert_eq!(said.status.code(), Some(1));
    assert!(
        text(&said.stdout).contains("landlock      missing: Function not implemented"),
        "{}",
        text(&said.stdout)
    );
    assert!(
        text(&said.stderr).contains("accept_missing = [\"landlock\"]"),
        "{}",
        text(&said.stderr)
    );
    assert!(suite.log().contains("the cage lacks the layer landlock"));
}

#[test]
fn a_layer_whose_lack_is_accepted_is_left_out_and_everybody_says_so() {
    let suite = without_landlock("accept_missing = [\"landlock\"]");
    suite.deploy(&Project::handler("hello", "return new Response('ran')"));
    assert_eq!(suite.get("/functions/hello").text(), "ran");
    let ready = suite.get("/ready");
    assert!(
        ready.text().contains("the cage is without landlock: Function not implemented"),
        "{}",
        ready.text()
    );
    let said = doctor(&suite);
    assert!(said.status.success());
    assert!(text(&said.stdout).contains("(accepted)"));
}

#[test]
fn that_one_layer_is_accepted_says_nothing_of_another() {
    let suite = suite_that_lacks(
        &[SYS_landlock_create_ruleset, SYS_seccomp],
        "accept_missing = [\"landlock\"]",
    );
    assert_eq!(suite.get("/ready").status, 503);
    let said = text(&doctor(&suite).stdout);
    assert!(
        said.contains("landlock      missing: ") && said.contains("seccomp       missing: "),
        "{said}"
    );
}

#[test]
fn a_layer_that_does_not_exist_is_a_mistake_in_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.toml"), "accept_missing = [\"landlok\"]").unwrap();
    let check = Command::new(binary("bunbase-schedulerd"))
        .args(["--check", "--config"])
        .arg(folder.path().join("s.toml"))
        .env("RUNTIME_DIRECTORY", folder.path())
        .output()
        .unwrap();
    assert_eq!(check.status.code(), Some(78));
    assert!(
        text(&check.stderr).contains("\"landlok\" is not one of ids, rlimits"),
        "{}",
        text(&check.stderr)
    );
}
