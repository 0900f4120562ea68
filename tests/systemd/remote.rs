//! `--host` with a real ssh and a real sshd, and doctor, in a machine with systemd and the units.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use bunbase_tests::machine::Machine;
use bunbase_tests::{Project, binary};
use tempfile::TempDir;

/// An `ssh` for which the machine is a host named `machine`: sshd runs in it for each connection, as inetd had it.
struct Ssh {
    folder: TempDir,
}

impl Ssh {
    /// `None`, with the reason on standard error, where the machine has no sshd.
    fn into(machine: &Machine) -> Option<Self> {
        if !machine.run("test -x /usr/sbin/sshd").status.success() {
            eprintln!("skipped: the machine has no sshd; scripts/systemd-root installs it");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let key = key(folder.path());
        let trusted = format!(
            "mkdir -p -m 700 /root/.ssh /run/sshd && echo '{key}' > /root/.ssh/authorized_keys"
        );
        let _ = machine.say(&trusted);
        let path = folder.path().display();
        let config = format!(
            "Host machine\n User root\n BatchMode yes\n IdentityFile {path}/key\n UserKnownHostsFile {path}/known\n \
             StrictHostKeyChecking accept-new\n LogLevel error\n ProxyCommand {} /usr/sbin/sshd -i\n",
            machine.entrance(),
        );
        fs::write(folder.path().join("config"), config).unwrap();
        let ssh = folder.path().join("ssh");
        fs::write(&ssh, format!("#!/bin/sh\nexec /usr/bin/ssh -F {path}/config \"$@\"\n")).unwrap();
        fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
        Some(Self { folder })
    }

    fn bunbase(&self, args: &[&str]) -> Output {
        let mut command = Command::new(binary("bunbase"));
        command.args(["-H", "machine"]).args(args).stdin(Stdio::null());
        let path = format!("{}:/usr/sbin:/usr/bin:/bin", self.folder.path().display());
        command.env("PATH", path).env_remove("BUNBASE_SOCKET").output().unwrap()
    }

    fn say(&self, args: &[&str]) -> String {
        let output = self.bunbase(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn key(folder: &Path) -> String {
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.join("key"));
    assert!(keygen.status().unwrap().success());
    fs::read_to_string(folder.join("key.pub")).unwrap().trim().to_owned()
}

#[test]
fn another_machine_is_commanded_over_a_real_ssh() {
    let project = Project::handler("echo", "return new Response(request.body)");
    let Some(machine) = Machine::boot(&[]) else { return };
    let Some(ssh) = Ssh::into(&machine) else { return };
    let unreached = ssh.bunbase(&["ls"]);
    assert_eq!(unreached.status.code(), Some(5), "nothing is started yet");
    assert!(String::from_utf8_lossy(&unreached.stderr).contains("no ipcd answers on machine"));
    let _ = machine.say("systemctl start bunbase.target");
    assert!(ssh.say(&["deploy", project.path().to_str().unwrap()]).contains("is in service"));
    assert_eq!(machine.say("curl -s -d over localhost:8080/functions/echo"), "over");
    let body = tempfile::NamedTempFile::new().unwrap();
    fs::write(body.path(), vec![b'x'; 3 << 20]).unwrap();
    let data = format!("@{}", body.path().display());
    assert_eq!(ssh.say(&["invoke", "echo", "-d", &data]).len(), 3 << 20);
    assert!(ssh.say(&["ls"]).starts_with("echo "));
    assert!(ssh.say(&["rm", "echo"]).contains("out of service"));
}

#[test]
fn doctor_sees_the_units_and_what_is_wrong_with_them() {
    let Some(machine) = Machine::boot(&[]) else { return };
    let _ = machine.say("systemctl start bunbase.target");
    let well = machine.say("bunbase doctor");
    assert!(well.contains("bunbase.target is not started when the machine is"), "{well}");
    let _ = machine.say("systemctl enable bunbase.target");
    let well = machine.say("bunbase doctor");
    assert!(well.contains("units        all 9 are in order"), "{well}");
    assert!(well.contains("/var/lib/bunbase"), "the disk of the state: {well}");
    let _ = machine
        .say("mkdir -p /etc/bunbase && echo 'max_workers = 0' > /etc/bunbase/schedulerd.toml");
    let _ = machine.run("systemctl restart bunbase-schedulerd");
    let ill = machine.run("bunbase doctor");
    let said = String::from_utf8_lossy(&ill.stderr);
    assert_eq!(ill.status.code(), Some(1));
    for part in
        ["bunbase-schedulerd.service has failed", "journalctl -u bunbase-schedulerd.service"]
    {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let _ = machine.say("systemctl stop bunbase.target 'bunbase-*'");
    let down = machine.run("bunbase doctor");
    let said = String::from_utf8_lossy(&down.stderr);
    assert_eq!(down.status.code(), Some(1));
    assert!(said.contains("bunbase.target does not run"), "{said}");
}
