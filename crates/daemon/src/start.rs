//! The entry point of a daemon: command line, configuration, and how it ends.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use bunbase_settings::{Effective, Millis, Reader};
use clap::Parser;

use crate::socket::{SocketError, Sockets};
use crate::source::{self, ConfigError, Process};
use crate::{Stop, log, supervise};

/// Why a daemon ended other than by being told to. Exit statuses are those of sysexits.h.
#[derive(Debug, thiserror::Error)]
pub enum Exit {
    /// Bad configuration: 78. The units don't restart after it.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A socket is missing: 64.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// `--check` found everything in order: 0.
    #[error("the configuration is in order")]
    Checked,
    /// Anything later: 70.
    #[error(transparent)]
    Failed(#[from] Box<dyn Error + Send + Sync>),
}

impl Exit {
    fn code(&self) -> u8 {
        match self {
            Self::Checked => 0,
            Self::Socket(_) => 64,
            Self::Failed(_) => 70,
            Self::Config(_) => 78,
        }
    }
}

impl From<std::io::Error> for Exit {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

#[derive(Debug, Parser)]
#[command(
    version,
    about = "A daemon of BunBase Functions; started by its socket unit or by \"bunbase up\"."
)]
struct Options {
    /// Read this configuration file instead of the one in $CONFIGURATION_DIRECTORY
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Check the configuration, print what is in force and where it came from, and exit
    #[arg(long)]
    check: bool,
}

/// What a daemon is started with.
#[derive(Debug)]
pub struct Env {
    name: &'static str,
    options: Options,
}

/// Runs a daemon. `name` is its short name: `gateway` for the binary `bunbase-gateway`.
pub fn main(name: &'static str, start: impl FnOnce(&Env) -> Result<(), Exit>) -> ExitCode {
    let env = Env { name, options: Options::parse() };
    log::init(&format!("bunbase-{name}"));
    match start(&env) {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            report(name, &exit);
            ExitCode::from(exit.code())
        }
    }
}

/// Says why, with every cause, once, at the top.
fn report(name: &str, exit: &Exit) {
    if matches!(exit, Exit::Checked) {
        return;
    }
    let mut text = exit.to_string();
    let mut cause = exit.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    let _ = writeln!(std::io::stderr(), "bunbase-{name}: {text}");
}

impl Env {
    /// Reads the configuration. With `--check`, prints it and ends.
    ///
    /// # Errors
    /// Every mistake in it at once.
    pub fn config<T>(&self, read: impl FnOnce(&Reader<'_>) -> T) -> Result<T, Exit> {
        let explicit = self.options.config.as_deref();
        let (config, effective) = source::load(&Process, explicit, self.name, read)?;
        if self.options.check {
            print(&effective)?;
            return Err(Exit::Checked);
        }
        Ok(config)
    }

    /// The inherited sockets. To be called once: what was taken is gone.
    #[must_use]
    pub fn sockets(&self) -> Sockets {
        Sockets::inherit()
    }

    /// Where sockets are: `$RUNTIME_DIRECTORY`.
    ///
    /// # Errors
    /// When it isn't set.
    pub fn runtime_directory(&self) -> Result<PathBuf, Exit> {
        Ok(source::directory(&Process, "RUNTIME_DIRECTORY", "RuntimeDirectory")?)
    }

    /// Where durable state is: `$STATE_DIRECTORY`.
    ///
    /// # Errors
    /// When it isn't set.
    pub fn state_directory(&self) -> Result<PathBuf, Exit> {
        Ok(source::directory(&Process, "STATE_DIRECTORY", "StateDirectory")?)
    }

    /// Where the service manager's credential of this name is, if it gives any (systemd.exec(5), LoadCredential=). This one need not be there.
    #[must_use]
    pub fn credential(&self, name: &str) -> Option<PathBuf> {
        Some(source::credentials(&Process)?.join(name))
    }

    /// Runs the daemon proper on one thread until it ends or is told to stop; what has not finished `drain`
    /// after that is dropped.
    ///
    /// # Errors
    /// What the daemon ended with.
    pub fn run<F>(&self, drain: Millis, daemon: F) -> Result<(), Exit>
    where
        F: AsyncFnOnce(Stop) -> Result<(), Box<dyn Error + Send + Sync>>,
    {
        supervise::run(self.name, drain, daemon)
    }
}

fn print(effective: &[Effective]) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    for Effective { key, value, origin, .. } in effective {
        writeln!(out, "{key} = {value}  # {origin}")?;
    }
    out.flush()
}
