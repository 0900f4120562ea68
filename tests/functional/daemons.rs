//! Daemons as a service manager sees them: sockets, READY=1, the watchdog, SIGTERM, exit statuses.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bunbase_tests::daemon::{activated, packet_listener, stream_listener};
use bunbase_tests::output::err;
use bunbase_tests::{Project, Suite, binary, wait};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const DAEMONS: [&str; 3] = ["gateway", "ipcd", "schedulerd"];

/// The sockets that a daemon's unit gives it.
fn sockets(daemon: &str, folder: &Path) -> Vec<(&'static str, OwnedFd)> {
    match daemon {
        "gateway" => vec![("http", std::net::TcpListener::bind("127.0.0.1:0").unwrap().into())],
        "ipcd" => vec![
            ("ipc", stream_listener(&folder.join("ipc.sock"))),
            ("registry", packet_listener(&folder.join("registry.sock"))),
            ("telemetry", packet_listener(&folder.join("telemetry.sock"))),
        ],
        _ => vec![("lease", packet_listener(&folder.join("lease.sock")))],
    }
}

fn command(daemon: &str, folder: &Path) -> Command {
    let sockets = sockets(daemon, folder);
    let named: Vec<(&str, &OwnedFd)> =
        sockets.iter().map(|(name, socket)| (*name, socket)).collect();
    let mut command = activated(daemon, folder, &named);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn terminate(child: &Child) {
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
}

#[test]
fn each_daemon_says_ready_answers_the_watchdog_and_stops_on_sigterm() {
    for daemon in DAEMONS {
        let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
        let notify = folder.path().join("notify.sock");
        let manager = UnixDatagram::bind(&notify).unwrap();
        manager.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut command = command(daemon, folder.path());
        command.env("NOTIFY_SOCKET", &notify).env("WATCHDOG_USEC", "200000");
        let child = command.spawn().unwrap();
        let mut heard = String::new();
        while heard.matches("WATCHDOG=1").count() < 3 {
            heard += &receive(&manager);
        }
        assert!(heard.contains("READY=1"), "{daemon}: {heard}");
        terminate(&child);
        while !heard.contains("STOPPING=1") {
            heard += &receive(&manager);
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{daemon}: {}", err(&output));
    }
}

fn receive(manager: &UnixDatagram) -> String {
    let mut buffer = [0; 4096];
    let length = manager.recv(&mut buffer).expect("a notification in time");
    String::from_utf8_lossy(&buffer[..length]).into_owned() + "\n"
}

#[test]
fn each_daemon_started_without_its_socket_is_64_with_a_sentence() {
    for daemon in DAEMONS {
        let folder = tempfile::tempdir().unwrap();
        let mut command = activated(daemon, folder.path(), &[]);
        let output = command.env_remove("LISTEN_FDS").output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{daemon}: {}", err(&output));
        let said = err(&output);
        assert!(
            said.contains("no socket named") && said.contains("systemctl start bunbase.target"),
            "{said}"
        );
    }
}

#[test]
fn a_socket_of_another_kind_or_an_unknown_one_is_64() {
    let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
    let stream = stream_listener(&folder.path().join("a.sock"));
    let output = activated("gateway", folder.path(), &[("http", &stream)]).output().unwrap();
    assert_eq!(output.status.code(), Some(64), "{}", err(&output));
    let http: OwnedFd = std::net::TcpListener::bind("127.0.0.1:0").unwrap().into();
    let output =
        activated("gateway", folder.path(), &[("http", &http), ("odd", &stream)]).output().unwrap();
    assert_eq!(output.status.code(), Some(64), "{}", err(&output));
    assert!(err(&output).contains("\"odd\""), "{}", err(&output));
}

#[test]
fn bad_configuration_is_78_with_all_mistakes_at_once() {
    for daemon in DAEMONS {
        let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
        let config = folder.path().join(format!("{daemon}.toml"));
        std::fs::write(&config, "drain = 5\ndrian = \"5s\"\nlease_socket = 3\nmax_workers = -1\n")
            .unwrap();
        let output = command(daemon, folder.path()).output().unwrap();
        let said = err(&output);
        assert_eq!(output.status.code(), Some(78), "{daemon}: {said}");
        for part in
            ["drain: 5 is an integer", "drian: unknown key, did you mean \"drain\"?", daemon]
        {
            assert!(said.contains(part), "{daemon}: {part} is missing in:\n{said}");
        }
    }
}

#[test]
fn configuration_that_is_no_toml_is_78_with_its_line() {
    let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
    std::fs::write(folder.path().join("gateway.toml"), "quiet = \"1s\"\nwhat is this\n").unwrap();
    let output = command("gateway", folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(err(&output).contains("line 2"), "{}", err(&output));
}

#[test]
fn check_prints_what_is_in_force_and_where_it_came_from() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("gateway.toml"), "max_body = \"2MB\"\n").unwrap();
    let mut command = Command::new(binary("bunbase-gateway"));
    let output =
        command.arg("--check").env("CONFIGURATION_DIRECTORY", folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains(&format!(
            "max_body = 2MB  # {}",
            folder.path().join("gateway.toml").display()
        )),
        "{said}"
    );
    assert!(said.contains("drain = 10s  # default"), "{said}");
}

#[test]
fn up_ends_with_78_when_a_daemons_configuration_is_bad() {
    let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
    std::fs::write(folder.path().join("ipcd.toml"), "nonsense = 1\n").unwrap();
    let state = folder.path().to_str().unwrap();
    let output = Command::new(binary("bunbase"))
        .args(["up", "--state", state, "--http", "127.0.0.1:0"])
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(78), "{}", err(&output));
    assert!(err(&output).contains("nonsense: unknown key"), "{}", err(&output));
}

#[test]
fn a_request_in_flight_is_answered_while_the_suite_stops() {
    let mut suite = Suite::start();
    let body = "console.log('it has begun'); await new Promise(done => setTimeout(done, 500)); return new Response('done')";
    suite.deploy(&Project::handler("slow", body));
    let address = suite.address().to_owned();
    let client = std::thread::spawn(move || raw_get(&address, "/functions/slow"));
    wait::until_true("the worker at work", || suite.log().contains("it has begun"));
    let status = suite.stop();
    assert_eq!(status.code(), Some(0), "{}", suite.log());
    let answer = client.join().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("done"), "{answer}");
}

#[test]
fn what_does_not_finish_is_dropped_at_the_drain_deadline() {
    let mut suite = Suite::with_config(&[("gateway.toml", "drain = \"300ms\"")]);
    let body = "console.log('it has begun'); await new Promise(() => {})";
    suite.deploy(&Project::handler("never", body));
    let address = suite.address().to_owned();
    let client = std::thread::spawn(move || raw_get(&address, "/functions/never"));
    wait::until_true("the worker at work", || suite.log().contains("it has begun"));
    let begun = std::time::Instant::now();
    suite.stop();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(suite.log().contains("not everything had finished in time"));
    assert_eq!(client.join().unwrap(), "");
}

fn raw_get(address: &str, path: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    // A connection that is cut has no answer.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn lines_are_readable_where_there_is_no_journal() {
    let suite = Suite::start();
    assert!(suite.log().contains("INFO bunbase_daemon"), "{}", suite.log());
    assert!(suite.log().contains("bunbase-gateway is ready"), "{}", suite.log());
}
