//! The command line: what it prints, and its exit statuses.

use std::process::{Command, Stdio};

use bunbase_tests::output::{err, out};
use bunbase_tests::{Project, Suite, binary, wait};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn hello() -> Project {
    Project::handler(
        "hello",
        "return Response.json({ path: new URL(request.url).pathname, body: await request.text() })",
    )
}

#[test]
fn functions_are_listed_shown_and_removed() {
    let suite = Suite::start();
    assert!(out(&suite.bunbase(&["ls"])).contains("no functions yet"));
    suite.deploy(&hello().toml("[limits]\ntimeout = \"7s\""));
    assert!(out(&suite.bunbase(&["list"])).starts_with("hello  "));
    assert_eq!(suite.json(&["ls"])["functions"][0]["name"], "hello");
    let shown = out(&suite.bunbase(&["show", "hello"]));
    assert!(shown.contains("limits.timeout     7s"), "{shown}");
    assert!(shown.contains("scale.concurrency  10"), "{shown}");
    assert!(out(&suite.bunbase(&["rm", "hello"])).contains("out of service"));
    assert!(out(&suite.bunbase(&["status"])).contains("functions   0"));
}

#[test]
fn invoke_sends_a_request_and_prints_the_answer() {
    let suite = Suite::start();
    suite.deploy(&hello());
    let output = suite.bunbase(&["invoke", "hello/a?b", "-d", "data"]);
    assert_eq!(out(&output), "{\"path\":\"/a\",\"body\":\"data\"}");
    let output = suite.bunbase(&["invoke", "hello", "-i"]);
    assert!(out(&output).starts_with("200\ncontent-type: application/json\n"), "{}", out(&output));
}

/// As with Ctrl-Z and `fg`.
#[test]
fn an_invoke_that_is_stopped_and_goes_on_gets_its_answer() {
    let suite = Suite::start();
    let body = "console.log('begun'); await new Promise((done) => setTimeout(done, 600)); return new Response('ok')";
    suite.deploy_handler("slow", "", body);
    let mut command = Command::new(binary("bunbase"));
    command.arg("--socket").arg(suite.socket()).args(["invoke", "slow", "--timeout", "20"]);
    let invoke = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let invoke = invoke.unwrap();
    wait::until_true("the function at work", || suite.log().contains("begun"));
    let pid = Pid::from_raw(invoke.id().cast_signed());
    for signal in [Signal::SIGSTOP, Signal::SIGCONT] {
        kill(pid, signal).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let output = invoke.wait_with_output().unwrap();
    assert_eq!((out(&output).as_str(), err(&output).as_str()), ("ok", ""));
}

#[test]
fn a_dry_run_has_the_server_check_and_deploys_nothing() {
    let suite = Suite::start();
    let project = hello();
    let path = project.path().to_str().unwrap().to_owned();
    let dry_run = || suite.bunbase(&["deploy", "--dry-run", &path]);
    let output = dry_run();
    assert!(out(&output).contains("would be new; nothing was deployed"), "{}", out(&output));
    assert_eq!(suite.get("/functions/hello").status, 404);
    assert_eq!(suite.bunbase(&["versions", "hello"]).status.code(), Some(3), "nothing is stored");
    assert!(suite.bunbase(&["deploy", &path]).status.success());
    assert!(out(&dry_run()).contains("is in service already; nothing was deployed"));
    let project = project.toml("[limits]\nmemory = \"64MB\"");
    assert!(out(&dry_run()).contains("would take over; nothing was deployed"));
    let _project = project.toml("[limits]\nmemory = \"2GB\"");
    let refused = dry_run();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(err(&refused).contains("limits.memory"), "{refused:?}");
}

#[test]
fn a_dry_run_without_a_server_says_that_only_the_bundle_was_checked() {
    let project = hello();
    let output = Command::new(binary("bunbase"))
        .args(["--socket", "/nonexistent/ipc.sock", "deploy", "--dry-run"])
        .arg(project.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(err(&output).contains("only the bundle was checked"), "{output:?}");
    assert!(out(&output).contains("nothing was deployed"), "{output:?}");
}

#[test]
fn a_deploy_says_what_it_took_and_status_what_there_is() {
    let suite = Suite::start();
    let project = hello();
    let json = suite.json(&["deploy", project.path().to_str().unwrap()]);
    for figure in ["bundle_bytes", "source_map_bytes", "bytecode_bytes"] {
        assert!(json["figures"][figure].as_u64().unwrap() > 10, "{json}");
    }
    let steps = ["check_ms", "compile_ms", "probe_ms", "switch_ms"];
    assert!(steps.iter().all(|step| json["figures"][step].as_u64().unwrap() < 20_000), "{json}");
    let status = suite.json(&["status"]);
    assert_eq!((&status["versions"], &status["clients"]), (&1.into(), &1.into()));
    let bundles = status["bundles_bytes"].as_u64().unwrap();
    assert!(bundles >= json["figures"]["bytecode_bytes"].as_u64().unwrap(), "{status}");
    assert!(status["registry_bytes"].as_u64().unwrap() >= 4096, "{status}");
}

#[test]
fn quiet_prints_nothing_when_all_is_well() {
    let suite = Suite::start();
    let project = hello();
    let output = suite.bunbase(&["-q", "deploy", project.path().to_str().unwrap()]);
    assert_eq!(
        (output.status.code(), out(&output), err(&output)),
        (Some(0), String::new(), String::new())
    );
}

#[test]
fn exit_statuses_tell_what_went_wrong() {
    let suite = Suite::start();
    suite.deploy(&Project::handler("throws", "throw 1"));
    suite.deploy(
        &Project::handler("slow", "await new Promise(() => {})")
            .toml("[limits]\ntimeout = \"100ms\""),
    );
    for (args, status) in [
        (&["invoke", "throws"][..], 1),
        (&["invoke", "slow"], 6),
        (&["invoke", "nope"], 3),
        (&["show", "nope"], 3),
        (&["rm", "nope"], 3),
        (&["show", "Not A Name"], 2),
        (&["frobnicate"], 2),
        (&["deploy", "/no/such/folder"], 2),
        (&["deploy", "/etc/hostname"], 2),
    ] {
        let output = suite.bunbase(args);
        assert_eq!(output.status.code(), Some(status), "{args:?}: {}", err(&output));
        assert!(!err(&output).is_empty(), "{args:?}");
    }
}

#[test]
fn an_unreachable_daemon_is_5_and_says_how_to_start_it() {
    let output = Command::new(binary("bunbase"))
        .args(["--socket", "/nonexistent/ipc.sock", "ls"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert!(err(&output).contains("bunbase up"), "{}", err(&output));
}

#[test]
fn the_socket_is_found_by_option_then_variable_then_the_default_of_up() {
    let suite = Suite::start();
    let status = |command: &mut Command| command.arg("status").output().unwrap().status.code();
    let home = tempfile::tempdir().unwrap();
    let new = || {
        let mut command = Command::new(binary("bunbase"));
        command.env("XDG_STATE_HOME", home.path()).env_remove("BUNBASE_SOCKET");
        command
    };
    assert_eq!(status(new().env("BUNBASE_SOCKET", suite.socket())), Some(0));
    assert_eq!(
        status(new().env("BUNBASE_SOCKET", "/none").arg("--socket").arg(suite.socket())),
        Some(0)
    );
    assert_eq!(status(&mut new()), Some(5));
    std::os::unix::fs::symlink(suite.folder(), home.path().join("bunbase")).unwrap();
    assert_eq!(status(&mut new()), Some(0));
}

#[test]
fn every_mistake_in_function_toml_is_reported_at_once() {
    let suite = Suite::start();
    let project = hello().toml("nmae = \"x\"\nruntime = \"node\"\n[limits]\ntimeout = 30\n");
    let output = suite.bunbase(&["deploy", project.path().to_str().unwrap()]);
    let said = err(&output);
    assert_eq!(output.status.code(), Some(2));
    for part in ["did you mean \"name\"?", "quickjs, bun", "\"30s\""] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[test]
fn a_folder_without_a_module_says_what_to_write() {
    let suite = Suite::start();
    let empty = tempfile::tempdir().unwrap();
    let folder = empty.path().join("empty");
    std::fs::create_dir(&folder).unwrap();
    let output = suite.bunbase(&["deploy", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("has no index.ts"), "{}", err(&output));
}

#[test]
fn a_second_up_in_the_same_folder_is_refused_and_harms_nothing() {
    let suite = Suite::start();
    let folder = suite.folder().to_str().unwrap();
    let output = Command::new(binary("bunbase"))
        .args(["up", "--state", folder, "--http", "127.0.0.1:0"])
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", err(&output));
    assert!(suite.bunbase(&["status"]).status.success());
}

#[test]
fn a_taken_port_is_said_with_what_to_do() {
    let suite = Suite::start();
    let other = tempfile::tempdir().unwrap();
    let state = other.path().to_str().unwrap();
    let output = Command::new(binary("bunbase"))
        .args(["up", "--state", state, "--http", suite.address()])
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("--http"), "{}", err(&output));
}

#[test]
fn a_state_folder_with_too_long_a_path_is_said() {
    let other = tempfile::tempdir().unwrap();
    let long = other.path().join("x".repeat(100));
    let output = Command::new(binary("bunbase"))
        .args(["up", "--state", long.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("too long a path"), "{}", err(&output));
}

#[test]
fn a_reader_that_has_had_enough_is_no_failure_and_a_full_disk_is_one() {
    let suite = Suite::start();
    let status = |shell: &str| {
        let line = format!(
            "{} --socket {} {shell}",
            binary("bunbase").display(),
            suite.socket().display()
        );
        let output = Command::new("/bin/bash").args(["-c", &line]).output().unwrap();
        (output.status.code(), err(&output))
    };
    assert_eq!(status("ls | true; exit ${PIPESTATUS[0]}"), (Some(0), String::new()));
    let (code, said) = status("ls >/dev/full");
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot write to standard output"), "{said}");
}

#[test]
fn sockets_are_taken_away_when_up_stops() {
    let mut suite = Suite::start();
    assert!(suite.socket().exists());
    suite.stop();
    assert!(!suite.socket().exists());
}

/// As on a full disk.
#[test]
fn the_suite_stays_up_though_nothing_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut up = Command::new(bunbase_tests::binary("bunbase"));
    up.args(["up", "--http", "127.0.0.1:0", "--state"]).arg(folder.path());
    let mut up = up.stdout(full()).stderr(full()).spawn().unwrap();
    let status = || {
        let mut command = Command::new(bunbase_tests::binary("bunbase"));
        command.arg("--socket").arg(folder.path().join("ipc.sock")).arg("status");
        command.output().unwrap().status.success()
    };
    bunbase_tests::wait::until_true("the suite", status);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(up.try_wait().unwrap().is_none(), "it has ended");
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(up.id().cast_signed()),
        nix::sys::signal::Signal::SIGINT,
    )
    .unwrap();
    assert!(up.wait().unwrap().success());
}

#[test]
fn invoke_sends_and_prints_bodies_as_they_come() {
    use std::io::{Read, Write};
    let suite = Suite::start();
    suite.deploy(&Project::handler("echo", "return new Response(request.body)"));
    let mut child = Command::new(binary("bunbase"))
        .arg("--socket")
        .arg(suite.socket())
        .args(["invoke", "echo", "-d", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for word in [&b"first"[..], b"second"] {
        input.write_all(word).unwrap();
        let mut back = vec![0; word.len()];
        output.read_exact(&mut back).unwrap();
        assert_eq!(back, word, "it is back before the body has ended");
    }
    drop(input);
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty() && child.wait().unwrap().success());
}
