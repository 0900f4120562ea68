//! ipcd: keeps what is durable (functions, versions, bundles) and serves the public IPC.
//!
//! It runs no code and opens no network connection. It is the one writer of the registry.
//!
//! # Layout
//! - [`config`]: its settings
//! - [`peer`]: who may call
//! - [`session`]: clients that come, and how many; [`connection`]: one of them; [`requests`]: what it has under way; [`caller`]: one of those, as the command sees it
//! - [`command`]: what each command does; [`deploy`], [`rollback`], [`env`] and [`doctor`]: those; [`turns`]: one change of a function at a time
//! - [`invoke`]: INVOKE, as a lease holder like any other
//! - [`registry`]: functions, versions and deployments in SQLite
//! - [`bundles`]: files named by their hash
//! - [`scheduler`]: what schedulerd asks, and what it is told
//! - [`support`]: what a manifest may ask for that this release can't do yet

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
mod peer;
mod registry;
mod requests;
mod rollback;
mod scheduler;
mod session;
mod support;
mod turns;

use std::process::ExitCode;

fn main() -> ExitCode {
    bunbase_daemon::main("ipcd", |env| {
        let config = config::Config::read(env)?;
        let mut sockets = env.sockets();
        let (ipc, scheduler) = (sockets.stream("ipc")?, sockets.packet("registry")?);
        sockets.finish()?;
        let registry = registry::Registry::open(&config.state).map_err(Box::from)?;
        env.run(config.drain, async |stop| {
            session::run(ipc, scheduler, registry, config, stop).await
        })
    })
}
