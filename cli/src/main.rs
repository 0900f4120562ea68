//! bunbase: the command that users have in their fingers.
//!
//! # Layout
//! - [`args`]: what can be typed
//! - [`usage`]: that, read; mistakes in it
//! - [`exit`]: how it ends, and with which status
//! - [`socket`]: where ipcd is
//! - [`deploy`]: a folder becomes a function
//! - [`invoke`]: a function run without HTTP
//! - [`functions`]: ls, show, rm, status
//! - [`versions`]: versions, rollback
//! - [`env`]: env ls, env set, env rm
//! - [`doctor`]: how workers are confined on the server
//! - [`output`]: what is printed
//! - [`up`]: the whole suite in the foreground, without systemd
#![forbid(unsafe_code)]

mod args;
mod deploy;
mod doctor;
mod env;
mod exit;
mod functions;
mod invoke;
mod output;
mod socket;
mod up;
mod usage;
mod versions;

use std::process::ExitCode;

use args::{Args, Command};
use bunbase_client::RollbackRequest;
use exit::Failed;

fn main() -> ExitCode {
    let args = match usage::read() {
        Ok(args) => args,
        Err(status) => return status,
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => failed.report(args.globals.json),
    }
}

fn run(args: &Args) -> Result<(), Failed> {
    let globals = &args.globals;
    match &args.command {
        Command::Up(up) => up::run(up, globals),
        Command::Deploy(deploy) => deploy::run(deploy, globals),
        Command::Invoke(invoke) => invoke::run(invoke, globals),
        Command::Ls => functions::list(globals),
        Command::Show { name } => functions::show(name, globals),
        Command::Versions { name } => versions::list(name, globals),
        Command::Rollback { name, version, message } => {
            let (function, version, message) = (name.clone(), version.clone(), message.clone());
            versions::rollback(&RollbackRequest { function, version, message }, globals)
        }
        Command::Rm { name } => functions::remove(name, globals),
        Command::Status => functions::status(globals),
        Command::Env(env) => env::run(env, globals),
        Command::Doctor => doctor::run(globals),
    }
}
