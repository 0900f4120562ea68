//! bunbase: the command that users have in their fingers.
//!
//! # Layout
//! - [`args`]: what can be typed
//! - [`usage`]: that, read; mistakes in it; [`help`]: groups and examples; [`completion`]: what a shell may offer
//! - [`exit`]: how it ends, and with which status
//! - [`socket`]: where ipcd is; [`ssh`]: on another machine, through [`bridge`] there
//! - [`new`]: a folder with a function in it, made from a [`template`]
//! - [`project`]: such a folder, read and bundled
//! - [`check`]: what deploy would say of it
//! - [`dev`]: served, and again whenever a file is saved
//! - [`deploy`]: a folder becomes a function
//! - [`invoke`]: a function run without HTTP
//! - [`functions`]: ls, show, rm, status
//! - [`versions`]: versions, rollback
//! - [`env`]: env ls, env set, env rm; [`secret`]: secret ls, secret set, secret rm; [`change`]: what has become of either
//! - [`logs`]: what functions wrote, a [`line`] each, at a [`time`]; [`stats`]: what became of their invocations
//! - [`backup`]: backup, restore
//! - [`doctor`]: what is wrong, and what to do about it
//! - [`output`]: what is printed; [`progress`]: while it takes long; [`question`]: before something is taken away; [`suggest`]: other names
//! - [`up`]: the whole suite in the foreground, without systemd
#![forbid(unsafe_code)]

mod args;
mod backup;
mod bridge;
mod change;
mod check;
mod completion;
mod deploy;
mod dev;
mod doctor;
mod env;
mod exit;
mod functions;
mod help;
mod invoke;
mod line;
mod logs;
mod new;
mod output;
mod progress;
mod project;
mod question;
mod secret;
mod socket;
mod ssh;
mod stats;
mod suggest;
mod template;
mod time;
mod up;
mod usage;
mod versions;

use std::process::ExitCode;
use std::time::Instant;

use args::{Args, Command};
use bunbase_client::RollbackRequest;
use exit::{Failed, Status};
use output::trace;

fn main() -> ExitCode {
    completion::answer();
    let (args, function) = match usage::read() {
        Ok(typed) => typed,
        Err(status) => return status,
    };
    let globals = &args.globals;
    let begun = Instant::now();
    let ended = run(&args).map_err(|failed| suggest::names(failed, function.as_deref(), globals));
    trace(globals, &format!("took {:.1?}", begun.elapsed()));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => failed.report(globals.json),
    }
}

fn run(args: &Args) -> Result<(), Failed> {
    let globals = &args.globals;
    match &args.command {
        Command::Up(_) | Command::Bridge if globals.host().is_some() => Err(not_there()),
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
        Command::Completion { shell } => completion::run(*shell, globals),
        Command::Bridge => bridge::run(globals),
    }
}

fn not_there() -> Failed {
    Failed::new(Status::Usage, "this runs on this machine; it takes no --host")
}
