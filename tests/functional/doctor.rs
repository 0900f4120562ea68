//! doctor: what is wrong, and what to do about it, also where no daemon answers.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

use bunbase_tests::output::{err, out};
use bunbase_tests::{Suite, binary};
use serde_json::Value;

/// The verdicts on an area, and what they say.
fn of(report: &Value, area: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = report["checks"].as_array().unwrap_or_else(|| panic!("no checks in {report}"));
    let of_area = checks.iter().filter(|check| check["area"] == area);
    of_area.map(|check| (text(&check["verdict"]), text(&check["detail"]))).collect()
}

fn report(output: &Output) -> Value {
    let mut object: Value = serde_json::from_slice(&output.stdout).unwrap();
    object["result"].take()
}

#[test]
fn a_suite_that_is_well_has_no_problem_and_each_area_is_looked_at() {
    let suite = Suite::start();
    let report = suite.json(&["doctor"]);
    for area in
        ["sockets", "permissions", "units", "kernel", "disk", "clock", "limits", "versions", "bun"]
    {
        let found = of(&report, area);
        assert!(!found.is_empty(), "nothing on {area} in {report}");
        assert!(found.iter().all(|(verdict, _)| verdict != "problem"), "{found:?}");
    }
    assert_eq!(report["cage"].as_array().unwrap().len(), 8);
    assert!(
        out(&suite.bunbase(&["doctor"])).starts_with("ok       sockets      ipcd answers at /")
    );
}

#[test]
fn where_no_daemon_runs_it_says_so_with_the_remedy_and_looks_at_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary("bunbase"));
    command.arg("--socket").arg(folder.path().join("ipc.sock")).args(["doctor", "--json"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("there is no ") && err(&output).contains("bunbase up"));
    let report = report(&output);
    for area in ["units", "kernel", "disk", "clock", "limits", "bun"] {
        assert!(!of(&report, area).is_empty(), "nothing on {area} in {report}");
    }
}

#[test]
fn a_socket_that_was_left_behind_is_told_from_one_that_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ipc.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let mut command = Command::new(binary("bunbase"));
    let output = command.arg("--socket").arg(&path).arg("doctor").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("nobody listens at "), "{}", err(&output));
}

#[test]
fn a_socket_that_is_open_to_everybody_and_a_state_that_others_read_are_named() {
    let suite = Suite::start();
    let mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&suite.socket(), 0o666);
    mode(suite.folder(), 0o755);
    let output = suite.bunbase(&["--json", "doctor"]);
    assert_eq!(output.status.code(), Some(1), "the socket is a problem");
    let report = report(&output);
    assert!(of(&report, "sockets")[0].1.contains("mode 0666"), "{report}");
    let permissions = of(&report, "permissions");
    let warned =
        |(verdict, detail): &(String, String)| verdict == "warning" && detail.contains("0755");
    assert!(permissions.iter().any(warned), "{permissions:?}");
}

#[test]
fn who_may_not_is_told_what_an_administrator_types() {
    if !nix::unistd::Uid::effective().is_root() {
        return eprintln!("skipped: only root can become somebody else");
    }
    let suite = Suite::start();
    // Where anybody may run it, whatever the folder of the build allows.
    let home = tempfile::tempdir().unwrap();
    for path in [home.path(), suite.folder()] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let copy = home.path().join("bunbase");
    fs::copy(binary("bunbase"), &copy).unwrap();
    let mut command = Command::new(copy);
    command.arg("--socket").arg(suite.socket()).arg("doctor").uid(65_534).gid(65_534);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("nobody may not command ipcd"), "{}", err(&output));
    assert!(err(&output).contains("bunbase"), "{}", err(&output));
}

#[test]
fn a_schedulerd_that_does_not_answer_is_a_problem_and_ipcd_tells_the_rest() {
    let suite = Suite::start();
    let schedulerd = suite.pid("schedulerd").unwrap();
    fs::remove_file(suite.folder().join("lease.sock")).unwrap();
    let output = suite.bunbase(&["--json", "doctor"]);
    let report = report(&output);
    assert_eq!(output.status.code(), Some(1));
    let silent = |(verdict, detail): &(String, String)| {
        verdict == "problem" && detail.contains("schedulerd does not answer")
    };
    assert!(of(&report, "kernel").iter().any(silent), "{report}");
    assert!(of(&report, "disk")[0].1.contains("are free at"), "{report}");
    assert_eq!(suite.pid("schedulerd"), Some(schedulerd));
}

#[test]
fn few_open_files_are_warned_of_with_the_limit_of_ipcd_itself() {
    let own = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
    let line = "ulimit -n 2048; exec \"$0\" up --http 127.0.0.1:0 --state \"$1\"";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]).arg(binary("bunbase")).arg(own.path());
    let suite = Suite::from_command(own.path(), command);
    let limits = of(&suite.json(&["doctor"]), "limits");
    assert!(limits[0].0 == "warning" && limits[0].1.contains("2048 files"), "{limits:?}");
}
