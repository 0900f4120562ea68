//! `bunbase up`: what systemd does for the installed suite, in the foreground and as this user. The same
//! binaries on the same sockets: listeners by LISTEN_FDS, READY=1 by NOTIFY_SOCKET, SIGTERM to stop, restarted
//! when they die.
//!
//! # Layout
//! - [`place`]: the state directory and its lock
//! - [`listeners`]: the sockets
//! - [`unit`]: one daemon: started, watched, started again
//! - [`supervise`]: all of them, until told to stop

mod listeners;
mod place;
mod supervise;
mod unit;

use std::future::{Future, pending};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::args::{Globals, Up};
use crate::exit::{Failed, Status};
use crate::output::print;

/// The suite, with its state locked and its sockets bound.
#[derive(Debug)]
pub struct Suite {
    place: place::Place,
    listeners: listeners::Listeners,
    /// What the daemons log, in the syntax of `BUNBASE_LOG`, unless that is set.
    log: Option<&'static str>,
}

/// Where a suite is.
#[derive(Debug, Serialize)]
struct UpAt {
    http: String,
    socket: PathBuf,
}

pub fn run(args: &Up, globals: &Globals) -> Result<(), Failed> {
    let suite = Suite::bind(args.state.as_deref(), args.http, "--http")?;
    let up = UpAt { http: format!("http://{}", suite.address()), socket: suite.socket() };
    // Who does not hear it finds the suite up all the same.
    suite.run(|| drop(print(globals, &up, welcome)), pending())
}

fn welcome(UpAt { http, socket }: &UpAt) -> String {
    let socket = socket.display();
    format!(
        "bunbase is up: {http} (functions at /functions/NAME), socket {socket}; Ctrl-C stops it\n"
    )
}

impl Suite {
    /// With its state in a folder, or else the default one. `option` is how another address is chosen.
    pub fn bind(state: Option<&Path>, http: SocketAddr, option: &str) -> Result<Self, Failed> {
        let place = place::Place::open(state)?;
        let listeners = listeners::Listeners::bind(&place, http, option)?;
        Ok(Self { place, listeners, log: None })
    }

    /// With daemons that log this.
    pub fn logging(self, log: &'static str) -> Self {
        Self { log: Some(log), ..self }
    }

    /// Where HTTP is.
    pub fn address(&self) -> SocketAddr {
        self.listeners.address
    }

    /// Where ipcd is.
    pub fn socket(&self) -> PathBuf {
        self.place.file("ipc.sock")
    }

    /// Runs it until Ctrl-C, SIGTERM or `stop`; calls `up` when all daemons are ready.
    pub fn run(&self, up: impl FnOnce(), stop: impl Future<Output = ()>) -> Result<(), Failed> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failed::new(Status::Failed, error.to_string()))?;
        let all = supervise::run(self, up, stop);
        let ended = tokio::task::LocalSet::new().block_on(&runtime, all);
        self.listeners.remove(&self.place);
        ended
    }
}
