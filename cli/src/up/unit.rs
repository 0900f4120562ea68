//! One daemon: started with its sockets, watched, started again.

use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::Command as StdCommand;
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt, FdMapping};
use nix::sys::signal::Signal;
use tokio::net::UnixDatagram;
use tokio::process::{Child, Command};

use crate::exit::{Failed, Status};
use crate::up::Suite;
use crate::up::place::Place;

/// The first descriptor of socket activation, see sd_listen_fds(3).
const FIRST_FD: i32 = 3;

/// What says what a daemon logs.
const LOG: &str = "BUNBASE_LOG";

/// A daemon that ran for so long was well; the next start does not wait.
const WELL: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What the unit files say of it.
#[derive(Debug)]
pub struct Unit<'a> {
    pub name: &'static str,
    /// Its listeners and the names that it knows them by.
    pub sockets: Vec<(&'static str, &'a OwnedFd)>,
    place: &'a Place,
    log: Option<&'static str>,
    program: PathBuf,
    ready: UnixDatagram,
}

/// How a run of a daemon ended.
#[derive(Debug)]
pub enum Ended {
    /// Starting it again would end the same way: 64 and 78 of sysexits.h.
    Hopeless(Status),
    /// Anything else.
    Died(String),
}

impl<'a> Unit<'a> {
    pub fn new(
        name: &'static str,
        sockets: Vec<(&'static str, &'a OwnedFd)>,
        suite: &'a Suite,
    ) -> Result<Self, Failed> {
        let Suite { place, log, .. } = suite;
        let failed =
            |error: std::io::Error| Failed::new(Status::Failed, format!("{name}: {error}"));
        let program =
            std::env::current_exe().map_err(failed)?.with_file_name(format!("bunbase-{name}"));
        if !program.is_file() {
            let message = format!("{} is not there", program.display());
            return Err(Failed::new(Status::Failed, message)
                .hint("the daemons belong beside the command \"bunbase\""));
        }
        let notify = place.file(&format!("notify-{name}.sock"));
        // Left by an earlier run; what can't be removed is reported by bind.
        let _ = std::fs::remove_file(&notify);
        let ready = UnixDatagram::bind(&notify).map_err(failed)?;
        Ok(Self { name, sockets, place, log: *log, program, ready })
    }

    /// Starts the daemon.
    pub fn start(&self) -> Result<Child, Failed> {
        let failed = |error: String| {
            Failed::new(Status::Failed, format!("cannot start {}: {error}", self.name))
        };
        let command = self.command().map_err(failed)?;
        Command::from(command).spawn().map_err(|error| failed(error.to_string()))
    }

    /// LISTEN_PID has to be the daemon's own pid, which exists only in the child: the shell knows it as `$$`
    /// and keeps it over `exec`.
    fn command(&self) -> Result<StdCommand, String> {
        let mut command = StdCommand::new("/bin/sh");
        command.arg("-c").arg("LISTEN_PID=$$ exec \"$0\"").arg(&self.program);
        let names: Vec<&str> = self.sockets.iter().map(|(name, _)| *name).collect();
        command.env("LISTEN_FDS", names.len().to_string()).env("LISTEN_FDNAMES", names.join(":"));
        let folder = &self.place.folder;
        command.env("STATE_DIRECTORY", folder).env("RUNTIME_DIRECTORY", folder);
        command.env("CONFIGURATION_DIRECTORY", folder);
        command.env("NOTIFY_SOCKET", self.place.file(&format!("notify-{}.sock", self.name)));
        command.env_remove("WATCHDOG_USEC");
        if let Some(log) = self.log.filter(|_| std::env::var_os(LOG).is_none()) {
            command.env(LOG, log);
        }
        command.fd_mappings(self.mappings()?).map_err(|error| error.to_string())?;
        // The terminal's Ctrl-C is for us; we tell the daemons.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        bunbase_jail::die_with_parent(&mut command, Signal::SIGTERM);
        Ok(command)
    }

    fn mappings(&self) -> Result<Vec<FdMapping>, String> {
        let numbered = (FIRST_FD..).zip(&self.sockets);
        let mapping = |(child_fd, (_, socket)): (i32, &(&str, &OwnedFd))| {
            let parent_fd =
                socket.as_fd().try_clone_to_owned().map_err(|error| error.to_string())?;
            Ok(FdMapping { parent_fd, child_fd })
        };
        numbered.map(mapping).collect()
    }

    /// Waits for READY=1 of the daemon, or its end.
    pub async fn ready(&self, child: &mut Child) -> Result<(), Ended> {
        let mut message = [0; 4096];
        loop {
            tokio::select! {
                received = self.ready.recv(&mut message) => {
                    let text = &message[..received.unwrap_or(0)];
                    if text.split(|byte| *byte == b'\n').any(|line| line == b"READY=1") {
                        return Ok(());
                    }
                }
                ended = ended(child) => return Err(ended),
            }
        }
    }

    /// Reads and forgets what the daemon notifies of later, until it ends.
    pub async fn watch(&self, child: &mut Child) -> Ended {
        let mut message = [0; 4096];
        loop {
            tokio::select! {
                _ = self.ready.recv(&mut message) => {}
                ended = ended(child) => return ended,
            }
        }
    }
}

async fn ended(child: &mut Child) -> Ended {
    match child.wait().await {
        Ok(status) => match status.code() {
            Some(64) => Ended::Hopeless(Status::DaemonSocket),
            Some(78) => Ended::Hopeless(Status::DaemonConfig),
            _ => Ended::Died(status.to_string()),
        },
        Err(error) => Ended::Died(error.to_string()),
    }
}

/// The pause before the next start: none after a run that went well for a while, then doubling.
#[derive(Debug)]
pub struct Pauses {
    started: Instant,
    next: Duration,
}

impl Pauses {
    pub fn new() -> Self {
        Self { started: Instant::now(), next: FIRST_PAUSE }
    }

    /// After a death.
    pub fn pause(&mut self) -> Duration {
        if self.started.elapsed() > WELL {
            self.next = FIRST_PAUSE;
        }
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST_PAUSE);
        self.started = Instant::now() + pause;
        pause
    }
}
