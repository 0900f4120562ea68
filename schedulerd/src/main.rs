//! schedulerd: owns the processes of the workers and lends them to lease holders.
//!
//! The privileged process: it parses no byte that a function or an HTTP client wrote. It writes `load` into
//! a worker's stream and reads nothing from it.
//!
//! # Layout
//! - [`config`]: its settings
//! - [`shell`]: the pool among sockets, processes and the clock
//! - [`leases`]: connections of lease holders
//! - [`registry`]: the connection to ipcd
//! - [`cage`]: which layers of the cage there are
//! - [`spawn`]: a worker to be started; [`uids`]: as whom
//! - [`nursery`]: its process, in its cage; [`zygote`]: what it is forked from
//! - [`stderr`]: its last words; [`reap`]: its end; [`probation`]: who had to be stopped

mod cage;
mod config;
mod leases;
mod nursery;
mod probation;
mod reap;
mod registry;
mod shell;
mod spawn;
mod stderr;
mod uids;
mod zygote;

use std::process::ExitCode;

fn main() -> ExitCode {
    bunbase_daemon::main("schedulerd", |env| {
        let config = config::Config::read(env)?;
        // By children, which are no concern of what reaps later.
        let found =
            cage::Found::of(bunbase_jail::probe(config.worker_uids()), &config.accept_missing);
        let mut sockets = env.sockets();
        let leases = sockets.packet("lease")?;
        sockets.finish()?;
        env.run(config.drain, async |stop| shell::run(leases, config, found, stop).await)
    })
}
