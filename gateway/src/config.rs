//! The gateway's settings, `gateway.toml`.

use std::path::PathBuf;

use bunbase_daemon::{ByteSize, DRAIN, Env, Exit, Millis, Reader};

/// The smallest buffer that hyper takes for a request's head.
const LEAST_HEAD: ByteSize = ByteSize::new(8 * 1024);

/// What it goes by.
#[derive(Debug, Clone)]
pub struct Config {
    /// schedulerd's socket.
    pub lease_socket: PathBuf,
    /// Where ipcd is told what functions write and what becomes of requests.
    pub telemetry_socket: PathBuf,
    /// How long a lease is kept without use.
    pub quiet: Millis,
    /// Connections at a time; more wait in the listening socket.
    pub max_connections: u32,
    /// The longest request head.
    pub max_head: ByteSize,
    /// The largest body, whatever the function says.
    pub max_body: ByteSize,
    /// All bodies together that wait for their functions or are with them.
    pub max_buffered: ByteSize,
    /// How long a client may take to send a head.
    pub head_timeout: Millis,
    /// How long a client may take to send a body.
    pub body_timeout: Millis,
    /// How long what is in flight has after SIGTERM.
    pub drain: Millis,
}

impl Config {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// Every mistake at once.
    pub fn read(env: &Env) -> Result<Self, Exit> {
        let ([lease, telemetry], rest) = env.config(read)?;
        let socket = |name| move || Ok::<_, Exit>(env.runtime_directory()?.join(name));
        Ok(Self {
            lease_socket: lease.map_or_else(socket("lease.sock"), Ok)?,
            telemetry_socket: telemetry.map_or_else(socket("telemetry.sock"), Ok)?,
            ..rest
        })
    }
}

fn read(file: &Reader<'_>) -> ([Option<PathBuf>; 2], Config) {
    let config = Config {
        lease_socket: PathBuf::new(),
        telemetry_socket: PathBuf::new(),
        quiet: file.get("quiet", Millis::new(500)),
        max_connections: file.get("max_connections", 10_000),
        max_head: file.get("max_head", ByteSize::new(64 * 1024)),
        max_body: file.get("max_body", ByteSize::mib(10)),
        max_buffered: file.get("max_buffered", ByteSize::mib(256)),
        head_timeout: file.get("head_timeout", Millis::from_secs(10)),
        body_timeout: file.get("body_timeout", Millis::from_secs(30)),
        drain: file.get("drain", DRAIN),
    };
    if config.max_connections == 0 {
        file.mistake("max_connections", "0 would serve nobody; write at least 1");
    }
    if config.max_buffered < config.max_body {
        let problem =
            format!("{} is less than max_body = {}", config.max_buffered, config.max_body);
        file.mistake("max_buffered", problem);
    }
    if config.max_head < LEAST_HEAD {
        file.mistake(
            "max_head",
            format!("{} is too little, write at least {LEAST_HEAD}", config.max_head),
        );
    }
    ([file.optional("lease_socket"), file.optional("telemetry_socket")], config)
}
