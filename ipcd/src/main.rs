//! ipcd: keeps what is durable (functions, versions, bundles) and serves the public IPC.
//!
//! It runs no code and opens no network connection. It is the one writer of the registry.
//!
//! # Layout
//! - [`config`]: its settings
//! - [`peer`]: who may call
//! - [`session`]: clients that come, and how many; [`connection`]: one of them; [`requests`]: what it has under way; [`caller`]: one of those, as the command sees it
//! - [`command`]: what each command does; [`deploy`], [`rollback`], [`env`], [`secrets`] and [`doctor`]: those; [`turns`]: one change of a function at a time, conflicts
//! - [`invoke`]: INVOKE, as a lease holder like any other
//! - [`logs`], [`metrics`]: GET_LOGS, GET_METRICS; [`scrape`]: what Prometheus reads
//! - [`registry`]: functions, versions and deployments in SQLite
//! - [`vault`]: the key of secrets
//! - [`backup`] and [`restore`]: those; [`archive`]: the file that goes out or comes in
//! - [`bundles`]: files named by their hash
//! - [`scheduler`]: what schedulerd asks, and what it is told
//! - [`reports`]: what lease holders tell
//! - [`telemetry`]: what functions wrote and what invocations became, in a database of its own
//! - [`support`]: what a manifest may ask for that this release can't do yet

mod archive;
mod backup;
mod bundles;
mod caller;
mod command;
mod compile;
mod config;
mod connection;
mod deploy;
mod doctor;
mod env;
mod invoke;
mod logs;
mod metrics;
mod peer;
mod registry;
mod reports;
mod requests;
mod restore;
mod rollback;
mod scheduler;
mod scrape;
mod secrets;
mod session;
mod support;
mod telemetry;
mod turns;
mod vault;

use std::process::ExitCode;

fn main() -> ExitCode {
    bunbase_daemon::main("ipcd", |env| {
        let config = config::Config::read(env)?;
        let mut sockets = env.sockets();
        let (ipc, scheduler) = (sockets.stream("ipc")?, sockets.packet("registry")?);
        let reports = sockets.packet("telemetry")?;
        sockets.finish()?;
        archive::clear(&config.state).map_err(Box::from)?;
        let registry = registry::Registry::open(&config.state, config.secrets_key.as_deref())?;
        let telemetry = telemetry::Telemetry::open(&config).map_err(Box::from)?;
        env.run(config.drain, async |stop| {
            let sockets = session::Sockets { ipc, scheduler, reports };
            session::run(sockets, registry, telemetry, config, stop).await
        })
    })
}
