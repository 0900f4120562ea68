//! completion: a script that has the shell ask this command for what can come next, names of functions included.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Arg, Command, CommandFactory, ValueEnum};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use crate::args::{Args, Globals};
use crate::exit::{Failed, Status};
use crate::output::print;
use crate::suggest;

/// Set by the script where the shell asks.
const ASKED: &str = "BUNBASE_COMPLETE";

/// Verbs whose name is one that there is not yet.
const NEW_NAMES: [&str; 2] = ["new", "init"];

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Prints the script.
pub fn run(shell: Shell, globals: &Globals) -> Result<(), Failed> {
    let failed = |error: String| Failed::new(Status::Failed, error);
    let value = shell.to_possible_value().expect("no shell is left out");
    let shells = Shells::builtins();
    let writer =
        shells.completer(value.get_name()).ok_or_else(|| failed("unknown shell".into()))?;
    let mut script = Vec::new();
    let written = writer.write_registration(ASKED, "bunbase", "bunbase", "bunbase", &mut script);
    written.map_err(|error| failed(error.to_string()))?;
    let script = String::from_utf8(script).map_err(|error| failed(error.to_string()))?;
    let answer = serde_json::json!({ "shell": value.get_name(), "script": script });
    print(globals, &answer, |_| script.clone())
}

/// Answers the shell, and ends, if that is what this run is for.
pub fn answer() {
    CompleteEnv::with_factory(|| with_names(Args::command())).var(ASKED).complete();
}

/// Wherever a function's name is wanted, those that there are.
fn with_names(command: Command) -> Command {
    let named =
        |arg: &Arg| arg.is_positional() && matches!(arg.get_id().as_str(), "name" | "target");
    let wanted = command.get_arguments().any(named) && !NEW_NAMES.contains(&command.get_name());
    let verbs: Vec<String> =
        command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let command = verbs.into_iter().fold(command, |all, verb| all.mut_subcommand(verb, with_names));
    if !wanted {
        return command;
    }
    command.mut_args(|arg| if named(&arg) { arg.add(ArgValueCandidates::new(names)) } else { arg })
}

/// With a host nothing is asked: each Tab would be a login.
fn names() -> Vec<CompletionCandidate> {
    let is_elsewhere = |word: &OsString| {
        word.to_str().is_some_and(|word| word.starts_with("-H") || word.starts_with("--host"))
    };
    if std::env::args_os().any(|word| is_elsewhere(&word)) {
        return Vec::new();
    }
    let globals = Globals { socket: socket(), ..Globals::default() };
    suggest::all(&globals).into_iter().map(CompletionCandidate::new).collect()
}

/// The socket that the line names.
fn socket() -> Option<PathBuf> {
    let mut words = std::env::args_os().skip_while(|word| word != OsStr::new("--socket"));
    words.nth(1).map(Into::into)
}
