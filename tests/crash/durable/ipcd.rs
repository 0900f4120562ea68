//! ipcd and schedulerd alone. The listeners are the test's: who connects while ipcd is dead waits for the next one, as under systemd.

use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use bunbase_client::Client;
use bunbase_tests::daemon::{activated, packet_listener, stream_listener};
use bunbase_tests::wait;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Both; gone when dropped.
#[derive(Debug)]
pub struct Ipcd {
    folder: TempDir,
    command: Command,
    process: Child,
    schedulerd: Child,
}

impl Ipcd {
    /// With nothing in its registry.
    pub fn start() -> Self {
        Self::over(None)
    }

    /// With a copy of this state directory.
    pub fn over(state: Option<&Path>) -> Self {
        let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
        let own = folder.path().join("state");
        match state {
            Some(state) => copy(state, &own),
            None => fs::create_dir(&own).unwrap(),
        }
        let log = File::create(folder.path().join("log")).unwrap();
        let ipc = stream_listener(&folder.path().join("ipc.sock"));
        let registry = packet_listener(&folder.path().join("registry.sock"));
        let lease = packet_listener(&folder.path().join("lease.sock"));
        let telemetry = packet_listener(&folder.path().join("telemetry.sock"));
        let sockets = [("ipc", &ipc), ("registry", &registry), ("telemetry", &telemetry)];
        let mut command = daemon("ipcd", folder.path(), &sockets, &log);
        command.env("STATE_DIRECTORY", &own);
        let mut schedulerd = daemon("schedulerd", folder.path(), &[("lease", &lease)], &log);
        let (process, schedulerd) = (command.spawn().unwrap(), schedulerd.spawn().unwrap());
        let ipcd = Self { folder, command, process, schedulerd };
        ipcd.await_schedulerd();
        ipcd
    }

    /// A deploy before that is not seen to load.
    fn await_schedulerd(&self) {
        let mut client = self.client();
        wait::until_true("schedulerd at ipcd", || client.status().unwrap().scheduler);
    }

    /// A client that this process has accepted: what it asks for is not left for the next one.
    pub fn client(&self) -> Client {
        let mut client = Client::connect(self.folder.path().join("ipc.sock")).unwrap();
        client.set_timeout(PATIENCE).unwrap();
        client.status().unwrap_or_else(|error| panic!("ipcd: {error:?}\n{}", self.log()));
        client
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.process.id().cast_signed())
    }

    /// How it has ended, once it has.
    pub fn await_end(&mut self) -> ExitStatus {
        wait::until("the end of ipcd", || self.process.try_wait().unwrap())
    }

    pub fn kill(&mut self) {
        kill(self.pid(), Signal::SIGKILL).unwrap();
        self.await_end();
    }

    /// The next one, after the end of the one before.
    pub fn restart(&mut self) {
        self.process = self.command.spawn().unwrap();
        self.await_schedulerd();
    }

    /// What all of them have written.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.path().join("log")).unwrap()).into_owned()
    }
}

impl Drop for Ipcd {
    fn drop(&mut self) {
        for process in [&mut self.process, &mut self.schedulerd] {
            // It may have ended.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn daemon(name: &str, folder: &Path, sockets: &[(&str, &OwnedFd)], log: &File) -> Command {
    let mut command = activated(name, folder, sockets);
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log.try_clone().unwrap());
    command
}

/// A folder and the files in it.
pub fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").args([from, to]).status();
    assert!(copied.unwrap().success());
}
