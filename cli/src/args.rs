//! What can be typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use bunbase_manifest::Name;
use clap::{Parser, Subcommand};

/// Deploy JavaScript and TypeScript functions to this machine and run them.
#[derive(Debug, Parser)]
#[command(name = "bunbase", version, propagate_version = true, after_help = EXIT_CODES)]
pub struct Args {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit status: 0 ok, 1 the function or operation failed, 2 wrong usage, 3 not found, 4 denied, \
5 daemon unreachable, 6 timed out, 7 conflict.";

#[derive(Debug, clap::Args)]
pub struct Globals {
    /// The socket of ipcd [default: that of "bunbase up" if it is there, else /run/bunbase/ipc.sock]
    #[arg(long, global = true, value_name = "PATH", env = "BUNBASE_SOCKET")]
    pub socket: Option<PathBuf>,
    /// Print JSON instead of text for people
    #[arg(long, global = true)]
    pub json: bool,
    /// Print nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole suite in the foreground, without systemd, as this user
    Up(Up),
    /// Bundle a folder and put it in service
    Deploy(Deploy),
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
    /// Write everything that is stored into one file, while functions run and are deployed
    Backup(Backup),
    /// Store everything that is in a file that "backup" wrote, and serve it
    Restore(Restore),
    /// Show how the server is
    Status,
    /// Show what confines workers on the server, and what that means
    Doctor,
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
