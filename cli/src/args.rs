//! What can be typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use bunbase_client::{Level, MAX_LINES};
use bunbase_manifest::Name;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use jiff::Timestamp;

use crate::completion::Shell;
use crate::template::Template;

/// Deploy JavaScript and TypeScript functions to a machine of your own and run them.
#[derive(Debug, Parser)]
#[command(name = "bunbase", version, propagate_version = true, after_help = EXIT_CODES)]
pub struct Args {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Begin with \"bunbase up\" in one terminal and \"bunbase deploy FOLDER\" in another; \"bunbase help VERB\" has examples of each verb.
Exit status: 0 ok, 1 the function or operation failed, 2 wrong usage, 3 not found, 4 denied, \
5 daemon unreachable, 6 timed out, 7 conflict.";

#[derive(Debug, Clone, Default, clap::Args)]
pub struct Globals {
    /// The socket of ipcd [default: that of "bunbase up" if it is there, else /run/bunbase/ipc.sock]
    /// [env: BUNBASE_SOCKET]
    #[arg(long, global = true, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// The suite of another machine, over ssh; it has to be installed there
    #[arg(long, global = true, value_name = "USER@HOST", value_parser = crate::ssh::host)]
    pub host: Option<String>,
    /// The same, before the verb
    #[arg(short = 'H', value_name = "USER@HOST", value_parser = crate::ssh::host, conflicts_with = "host")]
    pub host_before: Option<String>,
    /// Print JSON instead of text for people: one object a line, with "result" or "error"
    #[arg(long, global = true)]
    pub json: bool,
    /// Print nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say what is done, on standard error: sockets, times, request ids
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Answer every question with yes
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// No colours; they are only used on a terminal [env: NO_COLOR]
    #[arg(long, global = true)]
    pub no_color: bool,
}

impl Globals {
    /// The other machine.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref().or(self.host_before.as_deref())
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole suite in the foreground, without systemd, as this user
    #[command(visible_alias = "serve")]
    Up(Up),
    /// Make a folder with a function in it
    #[command(visible_alias = "init")]
    New(New),
    /// Serve a folder, and again whenever a file is saved
    Dev(Dev),
    /// Bundle a folder and put it in service
    Deploy(Deploy),
    /// Bundle a folder, and show its settings and where they come from
    Check {
        /// The function's folder
        #[arg(default_value = ".")]
        path: PathBuf,
    },
    /// Run a function once, without HTTP
    Invoke(Invoke),
    /// List the functions in service
    #[command(visible_alias = "list")]
    Ls,
    /// Show everything about a function
    #[command(visible_alias = "describe")]
    Show { name: Name },
    /// List the versions of a function, in service or not, the last one first
    Versions { name: Name },
    /// Put a version in service again that is stored
    Rollback {
        name: Name,
        /// Its first digits, 4 at least [default: the version that was in service before]
        version: Option<String>,
        /// What to remember about it
        #[arg(long, short, value_name = "TEXT")]
        message: Option<String>,
    },
    /// Take a function out of service; its versions are kept
    #[command(visible_alias = "delete")]
    Rm { name: Name },
    /// Variables of a function that are set on the server
    #[command(subcommand)]
    Env(Env),
    /// Secrets of a function, whose values are shown to nobody
    #[command(subcommand)]
    Secret(Secrets),
    /// Show what functions wrote
    #[command(visible_alias = "tail")]
    Logs(Logs),
    /// Show how often functions ran, how long that took, and what went wrong
    Stats {
        /// One function, with its days and its last minutes [default: all functions]
        name: Option<Name>,
    },
    /// Write everything that is stored into one file, while functions run and are deployed
    Backup(Backup),
    /// Store everything that is in a file that "backup" wrote, and serve it
    Restore(Restore),
    /// Show how the server is
    Status,
    /// Look for what is wrong with the suite and its machine, and say what to do about it
    Doctor,
    /// Print a script that completes commands, options and names of functions in a shell
    Completion { shell: Shell },
    /// Connect standard input and output to ipcd: what --host runs on the other machine
    #[command(hide = true)]
    Bridge,
}

#[derive(Debug, clap::Args)]
pub struct Up {
    /// Where functions, sockets and everything durable are kept [default: ~/.local/state/bunbase]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Where to listen for HTTP; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub http: SocketAddr,
}

#[derive(Debug, clap::Args)]
pub struct New {
    /// The folder, whose own name is the function's
    #[arg(value_name = "NAME")]
    pub path: PathBuf,
    /// What it is made from
    #[arg(short, long, value_enum, default_value = "hello")]
    pub template: Template,
}

#[derive(Debug, clap::Args)]
pub struct Dev {
    /// The function's folder
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Run a suite for it on this port of 127.0.0.1, whether or not one runs; 0 takes a free one [default, where none runs: 8080]
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// Run a suite for it with its state in this folder [default, where none runs: a folder that is gone afterwards]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Deploy {
    /// The function's folder
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Bundle, have the server check, and deploy nothing
    #[arg(long)]
    pub dry_run: bool,
    /// What to remember about this deploy
    #[arg(long, short, value_name = "TEXT")]
    pub message: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct Backup {
    /// The file, or - for standard output
    pub file: PathBuf,
    /// Replace the file if it is there
    #[arg(short, long)]
    pub force: bool,
}

#[derive(Debug, clap::Args)]
pub struct Restore {
    /// The file, or - for standard input
    pub file: PathBuf,
    /// Replace all functions, versions and variables that are there
    #[arg(long)]
    pub replace: bool,
}

#[derive(Debug, Subcommand)]
pub enum Env {
    /// Show a function's variables, and where they come from
    #[command(visible_alias = "list")]
    Ls { name: Name },
    /// Set variables; they go before those of function.toml, and are kept over deploys
    Set {
        name: Name,
        /// NAME=VALUE
        #[arg(required = true, value_name = "KEY=VALUE", value_parser = crate::env::variable)]
        variables: Vec<(String, String)>,
    },
    /// Take variables away that were set here
    #[command(visible_alias = "delete")]
    Rm {
        name: Name,
        /// Their names
        #[arg(required = true, value_name = "KEY")]
        variables: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Show which secrets are set, when, and which function.toml requires
    #[command(visible_alias = "list")]
    Ls { name: Name },
    /// Set a secret; its value is read from standard input, or asked for
    #[command(after_help = FROM_STDIN)]
    Set {
        name: Name,
        /// What the function finds it under in env
        key: String,
    },
    /// Take secrets away
    #[command(visible_alias = "delete")]
    Rm {
        name: Name,
        /// Their names
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
    },
}

const FROM_STDIN: &str = "\
One newline at the end of the value is dropped. Examples:
  bunbase secret set hello API_TOKEN < token.txt
  pass show api/token | bunbase secret set hello API_TOKEN";

#[derive(Debug, clap::Args)]
pub struct Logs {
    /// Of this function only
    pub name: Option<Name>,
    /// Go on with lines as they are written
    #[arg(short, long)]
    pub follow: bool,
    /// Written since then: 10m, 2h, 7d ago, 2026-11-24, "2026-11-24 09:30", or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = crate::time::when)]
    pub since: Option<Timestamp>,
    /// Written before then
    #[arg(long, value_name = "TIME", value_parser = crate::time::when, conflicts_with = "follow")]
    pub until: Option<Timestamp>,
    /// So many of the newest lines at most
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(..=i64::from(MAX_LINES)))]
    pub lines: u32,
    /// Of the request with this id only
    #[arg(long, value_name = "ID")]
    pub request: Option<String>,
    /// That matter at least so much
    #[arg(long, value_parser = PossibleValuesParser::new(["debug", "info", "warn", "error"]).map(level))]
    pub level: Option<Level>,
}

fn level(word: String) -> Level {
    match word.as_str() {
        "debug" => Level::Debug,
        "info" => Level::Info,
        "warn" => Level::Warn,
        _ => Level::Error,
    }
}

#[derive(Debug, clap::Args)]
pub struct Invoke {
    /// The function, and the path and query that it is to see: NAME, NAME/some/path, NAME?a=1
    pub target: String,
    /// The HTTP method [default: GET, or POST with --data]
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    pub method: Option<String>,
    /// A request header, "name: value"
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub headers: Vec<String>,
    /// The body: the text itself, @FILE, or - for standard input
    #[arg(short, long, value_name = "DATA")]
    pub data: Option<String>,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Print status and headers before the body
    #[arg(short, long)]
    pub include: bool,
}
