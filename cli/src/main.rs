//! bunbase: the command that users have in their fingers.
//!
//! # Layout
//! - [`args`]: what can be typed
//! - [`exit`]: how it ends, and with which status
//! - [`socket`]: where ipcd is
//! - [`new`]: a folder with a function in it, made from a [`template`]
//! - [`project`]: such a folder, read and bundled
//! - [`check`]: what deploy would say of it
//! - [`dev`]: served, and again whenever a file is saved
//! - [`deploy`]: a folder becomes a function
//! - [`invoke`]: a function run without HTTP
//! - [`functions`]: ls, show, rm, status
//! - [`versions`]: versions, rollback
//! - [`env`]: env ls, env set, env rm
//! - [`logs`]: what functions wrote, a [`line`] each, at a [`time`]; [`stats`]: what became of their invocations
//! - [`backup`]: backup, restore
//! - [`doctor`]: how workers are confined on the server
//! - [`output`]: what is printed
//! - [`up`]: the whole suite in the foreground, without systemd
#![forbid(unsafe_code)]

mod args;
mod backup;
mod check;
mod deploy;
mod dev;
mod doctor;
mod env;
mod exit;
mod functions;
mod invoke;
mod line;
mod logs;
mod new;
mod output;
mod project;
mod secret;
mod socket;
mod stats;
mod template;
mod time;
mod up;
mod versions;

use std::process::ExitCode;

use args::{Args, Command};
use bunbase_client::RollbackRequest;
use clap::Parser;
use exit::Failed;

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => failed.report(),
    }
}

fn run(args: &Args) -> Result<(), Failed> {
    let globals = &args.globals;
    match &args.command {
        Command::Up(up) => up::run(up, globals),
        Command::New(new) => new::run(new, globals),
        Command::Dev(dev) => dev::run(dev, globals),
        Command::Check { path } => check::run(path, globals),
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
        Command::Backup(args) => backup::backup(args, globals),
        Command::Restore(args) => backup::restore(args, globals),
        Command::Env(env) => env::run(env, globals),
        Command::Secret(secrets) => secret::run(secrets, globals),
        Command::Logs(logs) => logs::run(logs, globals),
        Command::Stats { name } => stats::run(name.as_ref(), globals),
        Command::Doctor => doctor::run(globals),
    }
}
