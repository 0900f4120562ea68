//! The unit files, as systemd itself reads them, and its own activator.

use std::fs;
use std::process::Command;

use bunbase_tests::{binary, repository};

const DAEMONS: [&str; 3] = ["gateway", "ipcd", "schedulerd"];

fn units() -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> =
        fs::read_dir(repository("units")).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// The units with this build's binaries, in a folder of their own.
fn with_our_binaries() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for unit in units() {
        let mut text = fs::read_to_string(&unit).unwrap();
        for daemon in DAEMONS {
            let name = format!("bunbase-{daemon}");
            let installed = format!("/usr/lib/bunbase/{name}");
            text = text.replace(&installed, binary(&name).to_str().unwrap());
        }
        fs::write(folder.path().join(unit.file_name().unwrap()), text).unwrap();
    }
    folder
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let folder = with_our_binaries();
    let mut command = Command::new("systemd-analyze");
    command.args(["verify", "--man=no"]);
    for unit in fs::read_dir(folder.path()).unwrap() {
        command.arg(unit.unwrap().path());
    }
    let output =
        command.env("SYSTEMD_UNIT_PATH", format!("{}:", folder.path().display())).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("bunbase")).collect();
    assert!(ours.is_empty() && output.status.success(), "{said}");
}

/// The twin: a broken unit is found.
#[test]
fn systemd_finds_what_is_wrong_with_a_broken_unit() {
    let folder = with_our_binaries();
    let unit = folder.path().join("bunbase-gateway.service");
    let text = fs::read_to_string(&unit).unwrap().replace("Type=notify", "Type=nonsense");
    fs::write(&unit, text).unwrap();
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&unit)
        .env("SYSTEMD_UNIT_PATH", format!("{}:", folder.path().display()))
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("nonsense"));
}

/// What a daemon calls its sockets and what its socket unit calls them.
#[test]
fn socket_units_name_the_sockets_as_the_daemons_do() {
    for (unit, names) in [
        ("gateway", vec!["http"]),
        ("ipcd", vec!["ipc"]),
        ("ipcd-registry", vec!["registry"]),
        ("ipcd-telemetry", vec!["telemetry"]),
        ("schedulerd", vec!["lease"]),
    ] {
        let text = fs::read_to_string(repository(&format!("units/bunbase-{unit}.socket"))).unwrap();
        let named: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("FileDescriptorName=")).collect();
        assert_eq!(named, names, "{unit}");
    }
}

/// `systemd-socket-activate` starts the daemon as systemd would, with the first connection.
#[test]
fn a_daemon_started_by_systemds_own_activator_answers() {
    use std::io::{Read, Write};
    let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut child = Command::new("systemd-socket-activate")
        .args(["-l", &format!("127.0.0.1:{port}"), "--fdname=http", "-E"])
        .arg(format!("RUNTIME_DIRECTORY={}", folder.path().display()))
        .arg(binary("bunbase-gateway"))
        .spawn()
        .unwrap();
    let mut stream = bunbase_tests::wait::until("the activator", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()
    });
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}
