//! ipcd's settings, `ipcd.toml`.

use std::path::PathBuf;

use bunbase_daemon::{ByteSize, DRAIN, Env, Exit, Millis, Reader};
use bunbase_wire::worker::Limits;

/// What it goes by.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the registry and the bundles are.
    pub state: PathBuf,
    /// The credential with the key of secrets, which need not be there.
    pub secrets_key: Option<PathBuf>,
    /// schedulerd's socket.
    pub lease_socket: PathBuf,
    /// Its own socket for what functions write: its own calls go the way of all others.
    pub telemetry_socket: PathBuf,
    /// How long a lease is kept without use.
    pub quiet: Millis,
    /// Clients at a time; more wait in the listening socket.
    pub max_sessions: u32,
    /// How long a deploy waits for schedulerd to put it in force.
    pub apply_patience: Millis,
    /// The most that a function may ask for.
    pub caps: Caps,
    /// How much of what functions write is kept.
    pub logs: Logs,
    /// How long what is in flight has after SIGTERM.
    pub drain: Millis,
}

/// What no function may exceed. A deploy beyond is refused, not clipped.
#[derive(Debug, Clone)]
pub struct Caps {
    /// `limits.timeout`
    pub timeout: Millis,
    /// `limits.memory`
    pub memory: ByteSize,
    /// `scale.max`
    pub workers: u32,
    /// `http.max_body`
    pub max_body: ByteSize,
}

/// The bounds of the log. What is beyond either goes, the oldest first.
#[derive(Debug, Clone)]
pub struct Logs {
    /// Of all lines, about.
    pub max_size: ByteSize,
    /// Of a line.
    pub max_age: Millis,
}

struct Raw {
    lease_socket: Option<PathBuf>,
    telemetry_socket: Option<PathBuf>,
    quiet: Millis,
    max_sessions: u32,
    apply_patience: Millis,
    caps: Caps,
    logs: Logs,
    drain: Millis,
}

impl Config {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// Every mistake at once.
    pub fn read(env: &Env) -> Result<Self, Exit> {
        let raw = env.config(read)?;
        let socket = |name| move || Ok::<_, Exit>(env.runtime_directory()?.join(name));
        Ok(Self {
            state: env.state_directory()?,
            secrets_key: env.credential("secrets-key"),
            lease_socket: raw.lease_socket.map_or_else(socket("lease.sock"), Ok)?,
            telemetry_socket: raw.telemetry_socket.map_or_else(socket("telemetry.sock"), Ok)?,
            quiet: raw.quiet,
            max_sessions: raw.max_sessions,
            apply_patience: raw.apply_patience,
            caps: raw.caps,
            logs: raw.logs,
            drain: raw.drain,
        })
    }
}

fn read(file: &Reader<'_>) -> Raw {
    let raw = Raw {
        lease_socket: file.optional("lease_socket"),
        telemetry_socket: file.optional("telemetry_socket"),
        quiet: file.get("quiet", Millis::new(500)),
        max_sessions: file.get("max_sessions", 256),
        apply_patience: file.get("apply_patience", Millis::from_secs(5)),
        caps: caps(file.section("caps")),
        logs: logs(file.section("logs")),
        drain: file.get("drain", DRAIN),
    };
    if raw.max_sessions == 0 {
        file.mistake("max_sessions", "0 would serve nobody; write at least 1");
    }
    raw
}

fn caps(section: Reader<'_>) -> Caps {
    let caps = Caps {
        timeout: section.get("timeout", Millis::from_secs(900)),
        memory: section.get("memory", ByteSize::mib(1024)),
        workers: section.get("workers", 64),
        max_body: section.get("max_body", ByteSize::mib(10)),
    };
    let most = ByteSize::new(Limits::default().raw as u64);
    if caps.max_body > most {
        section.mistake(
            "max_body",
            format!("{} is more than workers take, write at most {most}", caps.max_body),
        );
    }
    section.finish();
    caps
}

fn logs(section: Reader<'_>) -> Logs {
    let logs = Logs {
        max_size: section.get("max_size", ByteSize::mib(256)),
        max_age: section.get("max_age", Millis::from_secs(14 * 24 * 60 * 60)),
    };
    if logs.max_size < ByteSize::mib(1) {
        section
            .mistake("max_size", format!("{} keeps too little, write at least 1MB", logs.max_size));
    }
    if logs.max_age < Millis::from_secs(60) {
        section.mistake("max_age", format!("{} keeps too little, write at least 1m", logs.max_age));
    }
    section.finish();
    logs
}
