//! `bunbase check`: what deploy would say of a folder, without a server.

use std::path::Path;
use std::process::{Command, Output};

use bunbase_tests::output::{err, out};
use bunbase_tests::{Project, binary};

/// There is no server at that socket.
fn check(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(binary("bunbase"));
    command.args(["--socket", "/nowhere/ipc.sock", "check"]).arg(folder).args(args);
    command.output().unwrap()
}

#[test]
fn every_setting_is_shown_with_where_it_comes_from() {
    let toml = "[limits]\ntimeout = \"7s\"\n[env]\nA = \"hidden\"";
    let project = Project::handler("hello", "return new Response()").toml(toml);
    let output = check(project.path(), &[]);
    assert!(output.status.success(), "{}", err(&output));
    let rows: Vec<Vec<String>> = out(&output)
        .lines()
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect();
    for row in [
        &["name", "hello", "the", "folder"][..],
        &["main", "index.ts", "the", "folder"],
        &["limits.timeout", "7s", "function.toml"],
        &["limits.cpu_time", "5s", "default"],
        &["permissions.net", "-", "default"],
        &["env", "A", "function.toml"],
    ] {
        assert!(rows.iter().any(|found| found == row), "{row:?} is missing in:\n{}", out(&output));
    }
    assert!(out(&output).contains("hello can be deployed"));
    let json: serde_json::Value =
        serde_json::from_str(&out(&check(project.path(), &["--json"]))).unwrap();
    let timeout = json["result"]["settings"].as_array().unwrap().iter();
    let timeout = timeout.clone().find(|one| one["key"] == "limits.timeout").unwrap();
    assert_eq!((&timeout["value"], &timeout["origin"]), (&"7s".into(), &"function.toml".into()));
}

#[test]
fn mistakes_have_the_words_and_the_status_of_deploy() {
    let broken = Project::new("hello", "export default {\n  fetch() { return ; };\n};");
    let unknown = Project::handler("hello", "").toml("[limits]\ntimeuot = \"1s\"");
    let empty = tempfile::tempdir().unwrap();
    let mistakes = [
        (broken.path(), 1, "index.ts:2:"),
        (unknown.path(), 2, "did you mean \"timeout\"?"),
        (empty.path(), 2, ""),
        (Path::new("/nowhere"), 2, "there is no folder /nowhere"),
    ];
    for (folder, status, part) in mistakes {
        let checked = check(folder, &[]);
        let mut deploy = Command::new(binary("bunbase"));
        let deployed = deploy.args(["--socket", "/nowhere/ipc.sock", "deploy"]).arg(folder);
        let deployed = deployed.output().unwrap();
        assert_eq!(checked.status.code(), Some(status), "{}", err(&checked));
        assert!(err(&checked).contains(part), "{}", err(&checked));
        assert_eq!((err(&checked), checked.status), (err(&deployed), deployed.status));
    }
    assert!(err(&check(broken.path(), &[])).contains("  2 |   fetch() { return ; };\n    |"));
}

#[test]
fn warnings_are_said_and_are_no_failure() {
    let project = Project::handler("hello", "return new Response(eval('1'))");
    let output = check(project.path(), &[]);
    assert!(output.status.success());
    assert!(err(&output).starts_with("warning: index.ts:1:"), "{}", err(&output));
    assert_eq!(err(&check(project.path(), &["--quiet"])), "");
}
