//! Where ipcd is: `--socket`, `BUNBASE_SOCKET`, the default of `bunbase up`, the installed one;
//! or on another machine.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bunbase_client::Client;

use crate::args::Globals;
use crate::exit::Failed;
use crate::output::trace;
use crate::ssh;

/// The socket of an installed suite.
pub const INSTALLED: &str = "/run/bunbase/ipc.sock";

/// A connection to the ipcd that this command is for.
pub fn connect(globals: &Globals) -> Result<Client, Failed> {
    let begun = Instant::now();
    let (client, place) = match globals.host() {
        Some(host) => (ssh::connect(host, globals.socket.as_deref())?, host.to_owned()),
        None => {
            let socket = find(globals);
            (Client::connect(&socket)?, socket.display().to_string())
        }
    };
    trace(globals, &format!("connected to {place} in {:.1?}", begun.elapsed()));
    Ok(client)
}

/// Whether it was said which suite is meant: then no other will do.
pub fn is_named(globals: &Globals) -> bool {
    globals.host().is_some() || named(globals).is_some()
}

fn named(globals: &Globals) -> Option<PathBuf> {
    globals.socket.clone().or_else(|| set("BUNBASE_SOCKET"))
}

/// The socket on this machine.
pub fn find(globals: &Globals) -> PathBuf {
    let of_up = || default_state().map(|state| state.join("ipc.sock")).filter(|path| answers(path));
    named(globals).or_else(of_up).unwrap_or_else(|| INSTALLED.into())
}

/// A socket that was left behind answers nobody.
pub fn answers(socket: &Path) -> bool {
    UnixStream::connect(socket).is_ok()
}

/// Where `bunbase up` keeps its state unless told otherwise: `$XDG_STATE_HOME/bunbase`, `~/.local/state/bunbase`.
pub fn default_state() -> Option<PathBuf> {
    let base = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    base.map(|base| base.join("bunbase"))
}

fn set(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
