//! gateway: accepts HTTP on an inherited socket and leases workers to answer it.
//!
//! It opens no network socket, reads no state and starts no process.
//!
//! # Layout
//! - [`config`]: its settings
//! - [`listen`]: accepting and finishing connections
//! - [`route`]: which path is what
//! - [`admit`]: what a request must be before it gets anywhere
//! - [`canonical`]: which URLs need no parsing
//! - [`forward`]: a request to a function and the answer back
//! - [`upload`]: the body of that request, as it comes
//! - [`body`]: the body of that answer, as it comes
//! - [`socket`]: the connection of a client
//! - [`metrics`]: counters as Prometheus reads them
//! - [`respond`]: every answer that is ours, in one table
#![forbid(unsafe_code)]

mod admit;
mod body;
mod canonical;
mod config;
mod forward;
mod listen;
mod metrics;
mod respond;
mod route;
mod socket;
mod upload;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Requests take and give back many small blocks in between one another. Joining and splitting them, as malloc does, was a tenth of the gateway's time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    bunbase_daemon::main("gateway", |env| {
        let config = config::Config::read(env)?;
        let mut sockets = env.sockets();
        let http = sockets.tcp("http")?;
        sockets.finish()?;
        env.run(config.drain, async |stop| listen::run(http, config, stop).await)
    })
}
