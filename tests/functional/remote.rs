//! `--host`: the same commands, on another machine, by ssh. Here an `ssh` that runs the command on this machine; in
//! tests/systemd a real one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use bunbase_tests::output::err;
use bunbase_tests::{Project, Suite, binary};
use tempfile::TempDir;

/// Notes how it was called, and runs the last word in a shell, as sshd does.
const SSH: &str = "#!/bin/sh
printf '%s\\n' \"$@\" >> \"$0.calls\"
for last; do :; done
exec /bin/sh -c \"$last\"
";

/// The same, with pipes between: sshd gives the command such.
const SSH_WITH_PIPES: &str = "#!/bin/bash
set -o pipefail
cat | /bin/sh -c \"${@: -1}\" | cat
";

struct Remote {
    suite: Suite,
    folder: TempDir,
}

impl Remote {
    fn new(ssh: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ssh");
        fs::write(&path, ssh).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self { suite: Suite::start(), folder }
    }

    fn command(&self, args: &[&str]) -> Command {
        let ours = binary("bunbase");
        let path =
            [self.folder.path(), ours.parent().unwrap()].map(|path| path.display().to_string());
        let mut command = Command::new(ours);
        command.args(args).env("PATH", format!("{}:/usr/bin:/bin", path.join(":")));
        // That is the environment there, too: sshd would not hand on this one.
        command.env("BUNBASE_SOCKET", self.suite.socket());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.folder.path().join("ssh.calls")).unwrap_or_default()
    }
}

fn out(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn every_command_works_through_ssh_which_runs_the_bridge_there() {
    let remote = Remote::new(SSH);
    let project = Project::handler(
        "echo",
        "return new Response(request.body, { headers: { 'x-sent': request.headers.get('x-sent') ?? '' } })",
    );
    let path = project.path().to_str().unwrap();
    assert!(out(&remote.run(&["-H", "you@there", "deploy", path])).contains("is in service"));
    assert!(
        remote.calls().starts_with("-xT\n--\nyou@there\nbunbase bridge\n"),
        "{}",
        remote.calls()
    );
    assert!(out(&remote.run(&["ls", "--host", "there"])).starts_with("echo  "));
    let invoked =
        remote.run(&["-H", "there", "invoke", "echo", "-i", "-H", "x-sent: on", "-d", "data"]);
    let said = out(&invoked);
    assert!(said.contains("x-sent: on\n") && said.ends_with("data"), "{said}");
    assert!(out(&remote.run(&["-H", "there", "env", "set", "echo", "A=1"])).contains('A'));
    let json = out(&remote.run(&["-H", "there", "--json", "show", "echo"]));
    assert!(json.contains("\"A\":\"1\""), "{json}");
    assert!(out(&remote.run(&["-H", "there", "versions", "echo"])).contains("in service"));
    assert!(out(&remote.run(&["-H", "there", "rm", "echo"])).contains("out of service"));
    assert!(out(&remote.run(&["-H", "there", "status"])).contains("functions   0"));
    assert_eq!(remote.run(&["-H", "there", "show", "echo"]).status.code(), Some(3));
    let doctor = out(&remote.run(&["-H", "there", "doctor"]));
    assert!(doctor.contains("ipcd answers at /") && doctor.contains("landlock "), "{doctor}");
    assert!(remote.calls().ends_with("there\nbunbase --json doctor\n"), "it looks there");
}

#[test]
fn bodies_of_any_length_go_both_ways_through_ssh_as_they_come() {
    [SSH, SSH_WITH_PIPES].into_iter().for_each(echo_a_long_body);
}

fn echo_a_long_body(ssh: &str) {
    use std::io::{Read, Write};
    let remote = Remote::new(ssh);
    remote.suite.deploy_handler("echo", "", "return new Response(request.body)");
    let mut command = remote.command(&["-H", "there", "invoke", "echo", "-d", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    input.write_all(b"first").unwrap();
    let mut back = [0; 5];
    output.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"first", "it is back before the body has ended");
    let sending = std::thread::spawn(move || {
        (0..128).for_each(|_| input.write_all(&[7; 64 * 1024]).unwrap());
    });
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).unwrap();
    sending.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!((rest.len(), rest.iter().all(|byte| *byte == 7)), (8 << 20, true));
}

#[test]
fn the_socket_is_a_path_there() {
    let remote = Remote::new(SSH);
    let socket = remote.suite.socket();
    let socket = socket.to_str().unwrap();
    let output = remote.command(&["-H", "there", "--socket", socket, "status"]);
    let mut output = output;
    assert!(out(&output.env_remove("BUNBASE_SOCKET").output().unwrap()).contains("running"));
    assert!(remote.calls().contains(&format!("bunbase --socket '{socket}' bridge\n")));
}

#[test]
fn where_ssh_fails_its_message_is_shown_and_the_status_is_5() {
    let remote = Remote::new("#!/bin/sh\necho 'ssh: no route to there' >&2\nexit 255\n");
    for args in [&["-H", "there", "ls"][..], &["-H", "there", "doctor"]] {
        let output = remote.run(args);
        assert_eq!(output.status.code(), Some(5), "{}", err(&output));
        for part in ["ssh: no route to there", "ssh does not reach there", "ssh there bunbase"] {
            assert!(err(&output).contains(part), "{part} is missing in {}", err(&output));
        }
    }
}

#[test]
fn a_machine_without_bunbase_or_without_a_running_one_is_told_apart() {
    let remote = Remote::new("#!/bin/sh\necho 'sh: 1: bunbase: not found' >&2\nexit 127\n");
    let output = remote.run(&["-H", "there", "ls"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(err(&output).contains("there has no command bunbase"), "{}", err(&output));
    let mut remote = Remote::new(SSH);
    remote.suite.stop();
    let output = remote.run(&["-H", "there", "ls"]);
    assert_eq!(output.status.code(), Some(5));
    for part in ["cannot reach ipcd at", "no ipcd answers on there"] {
        assert!(err(&output).contains(part), "{part} is missing in {}", err(&output));
    }
}

#[test]
fn what_ssh_would_take_for_an_option_is_no_host_and_some_verbs_take_none() {
    let remote = Remote::new(SSH);
    for args in [
        &["--host=-oProxyCommand=touch /tmp/x", "ls"][..],
        &["-H-oProxyCommand=x", "ls"],
        &["-H", "there", "up"],
        &["--host", "a", "-H", "b", "ls"],
    ] {
        assert_eq!(remote.run(args).status.code(), Some(2), "{args:?}");
    }
    assert_eq!(remote.calls(), "", "ssh was never called");
}
