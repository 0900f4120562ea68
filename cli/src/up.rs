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

use crate::args::{Globals, Up};
use crate::exit::{Failed, Status};

pub fn run(args: &Up, globals: &Globals) -> Result<(), Failed> {
    let place = place::Place::open(args.state.as_deref())?;
    let listeners = listeners::Listeners::bind(&place, args.http)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failed::new(Status::Failed, error.to_string()))?;
    let suite = supervise::run(&place, &listeners, globals);
    let ended = tokio::task::LocalSet::new().block_on(&runtime, suite);
    listeners.remove(&place);
    ended
}
