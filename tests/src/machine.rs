//! A Debian booted with systemd as PID 1, the units installed and this build's binaries in their places.
//!
//! systemd-nspawn boots the root that `scripts/systemd-root` makes, under an overlay: what happens in it is gone with
//! it. A network namespace of its own, so that its port 8080 is nobody else's.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use nix::unistd::Uid;

use crate::{binary, repository, wait};

const DEFAULT_ROOT: &str = "/var/cache/bunbase-tests/debian-12";

/// A running machine; gone when dropped.
#[derive(Debug)]
pub struct Machine {
    nspawn: Child,
    init: u32,
}

impl Machine {
    /// Boots one that has these folders at `/root/NAME`. `None`, with the reason on standard error, where none can
    /// be booted.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn boot(folders: &[&Path]) -> Option<Self> {
        let root = root()?;
        let name = format!("bunbase-test-{}", std::process::id());
        let mut command = Command::new("systemd-nspawn");
        command
            .env("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "0")
            .env("SYSTEMD_NSPAWN_API_VFS_WRITABLE", "1");
        command.args([
            "--keep-unit",
            "--register=no",
            "--capability=all",
            "--private-network",
            "--boot",
        ]);
        command.arg(
            "--system-call-filter=landlock_create_ruleset landlock_add_rule landlock_restrict_self",
        );
        command.args(["--volatile=overlay", "--machine", &name, "--directory"]).arg(root);
        command
            .args(binds(folders))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let nspawn = command.spawn().expect("systemd-nspawn starts");
        let init = wait::until("systemd in the machine", || init_of(nspawn.id()));
        let machine = Self { nspawn, init };
        wait::until_true("the machine to be up", || {
            let state = machine.run("systemctl is-system-running");
            matches!(String::from_utf8_lossy(&state.stdout).trim(), "running" | "degraded")
        });
        Some(machine)
    }

    /// What runs a command in it, from outside.
    #[must_use]
    pub fn entrance(&self) -> String {
        format!("nsenter -t {} -m -p -u -i -n -C --", self.init)
    }

    /// Runs a line of shell in it.
    ///
    /// # Panics
    /// When it can't be entered.
    #[must_use]
    pub fn run(&self, line: &str) -> Output {
        let entrance = self.entrance();
        let mut words = entrance.split(' ');
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words).args(["/bin/sh", "-c", line]);
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", "/root")
            .output()
            .expect("nsenter runs")
    }

    /// What a line of shell prints.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn say(&self, line: &str) -> String {
        let output = self.run(line);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{line}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Its files are an overlay: nothing is lost by an end without a shutdown.
        let _ = nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(self.init.cast_signed()),
            nix::sys::signal::Signal::SIGKILL,
        );
        let _ = self.nspawn.wait();
    }
}

fn root() -> Option<PathBuf> {
    let root = std::env::var_os("BUNBASE_TEST_ROOT")
        .map_or_else(|| PathBuf::from(DEFAULT_ROOT), PathBuf::from);
    let there = root.join("ready").exists();
    if there && Uid::effective().is_root() {
        return Some(root);
    }
    eprintln!(
        "skipped: booting a machine needs root and {}, which scripts/systemd-root makes",
        root.display()
    );
    None
}

fn binds(folders: &[&Path]) -> Vec<String> {
    let bind = |from: &Path, to: String| format!("--bind-ro={}:{to}", from.display());
    let mut all: Vec<String> = ["gateway", "ipcd", "schedulerd", "quickjs-worker"]
        .iter()
        .map(|name| {
            bind(&binary(&format!("bunbase-{name}")), format!("/usr/lib/bunbase/bunbase-{name}"))
        })
        .collect();
    all.push(bind(&binary("bunbase"), "/usr/bin/bunbase".to_owned()));
    for unit in std::fs::read_dir(repository("units")).expect("units/").flatten() {
        let name = unit.file_name().into_string().expect("a name of text");
        let path = unit.path().canonicalize().expect("a unit");
        all.push(bind(&path, format!("/etc/systemd/system/{name}")));
    }
    for folder in folders {
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a name of text");
        all.push(bind(folder, format!("/root/{name}")));
    }
    all
}

/// The child of systemd-nspawn that is the machine's PID 1.
fn init_of(nspawn: u32) -> Option<u32> {
    let children =
        std::fs::read_to_string(format!("/proc/{nspawn}/task/{nspawn}/children")).ok()?;
    let is_systemd = |pid: &u32| {
        std::fs::read_to_string(format!("/proc/{pid}/comm"))
            .is_ok_and(|name| name.trim() == "systemd")
    };
    children.split_whitespace().filter_map(|pid| pid.parse().ok()).find(is_systemd)
}
