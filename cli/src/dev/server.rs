//! The suite that dev serves on: the one that runs, or one of its own as long as dev runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::args::{Dev, Globals};
use crate::exit::{Failed, Status};
use crate::socket::{answers, connect, find, is_named};
use crate::up::Suite;

const PORT: u16 = 8080;

/// What the daemons of a suite of its own log on dev's standard error: what a person should look at. What functions write is
/// asked for.
const LOG: &str = "error,function=off";

/// How long the daemons may take to find each other, once they are up.
const PATIENCE: Duration = Duration::from_secs(2);
const STEP: Duration = Duration::from_millis(10);

/// Where functions are deployed.
#[derive(Debug)]
pub enum Server {
    /// A suite that runs; `dev` leaves it as it is.
    Running(Globals),
    /// A suite that ends with `dev`.
    Own { suite: Suite, globals: Globals, _state: Option<TempDir> },
}

impl Server {
    /// The suite that the command is for, if it answers or was named. Else, or where that is wished, one that is started.
    pub fn choose(args: &Dev, globals: &Globals) -> Result<Self, Failed> {
        if args.port.is_some() || args.state.is_some() {
            return Self::own(args, globals);
        }
        if is_named(globals) {
            connect(globals)?;
            return Ok(Self::Running(globals.clone()));
        }
        let socket = find(globals);
        match answers(&socket) {
            true => Ok(Self::Running(Globals { socket: Some(socket), ..globals.clone() })),
            false => Self::own(args, globals),
        }
    }

    fn own(args: &Dev, globals: &Globals) -> Result<Self, Failed> {
        let temporary = || tempfile::Builder::new().prefix("bunbase-dev-").tempdir();
        let failed = |error: std::io::Error| {
            Failed::new(Status::Failed, format!("cannot make a folder for the state: {error}"))
                .hint("name one with --state DIR")
        };
        let own = args.state.is_none().then(temporary).transpose().map_err(failed)?;
        let state = args.state.as_deref().or(own.as_ref().map(TempDir::path));
        let http = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port.unwrap_or(PORT)));
        let suite = Suite::bind(state, http, "--port")?.logging(LOG);
        let globals = Globals { socket: Some(suite.socket()), ..globals.clone() };
        Ok(Self::Own { suite, globals, _state: own })
    }

    /// What a person should know of it.
    pub fn describe(&self) -> String {
        let socket = self.globals().socket.unwrap_or_default();
        let socket = socket.display();
        match self {
            Self::Running(_) => {
                format!("bunbase: serving on the suite at {socket}; Ctrl-C ends dev")
            }
            Self::Own { .. } => {
                format!("bunbase: serving on a suite of its own at {socket}; Ctrl-C ends both")
            }
        }
    }

    /// The arguments with which commands reach it.
    pub fn globals(&self) -> Globals {
        match self {
            Self::Running(globals) | Self::Own { globals, .. } => globals.clone(),
        }
    }

    /// Where its functions are, if that is known.
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Running(_) => None,
            Self::Own { suite, .. } => Some(format!("http://{}", suite.address())),
        }
    }

    /// Runs `session` on a thread until it fails, or Ctrl-C or SIGTERM is there.
    pub fn serve(self, session: impl FnOnce() -> Failed + Send + 'static) -> Result<(), Failed> {
        let (failed, has_failed) = oneshot::channel();
        match self {
            Self::Running(_) => {
                // Who has gone already needs no word.
                start(move || drop(failed.send(session())))?;
                interrupted_or(has_failed)
            }
            Self::Own { suite, globals, _state } => {
                let (up, is_up) = mpsc::channel();
                start(move || {
                    if is_up.recv().is_ok() {
                        wait_for_scheduler(&globals);
                        drop(failed.send(session()));
                    }
                })?;
                let mut why = None;
                let stop = async { why = until(has_failed).await };
                // Without a session there is nobody to wait for it.
                suite.run(move || up.send(()).unwrap_or_default(), stop)?;
                why.map_or(Ok(()), Err)
            }
        }
    }
}

fn start(session: impl FnOnce() + Send + 'static) -> Result<(), Failed> {
    let started = thread::Builder::new().name("dev".to_owned()).spawn(session);
    started.map(drop).map_err(broken)
}

/// The failure, when there is one.
async fn until(has_failed: oneshot::Receiver<Failed>) -> Option<Failed> {
    has_failed.await.ok()
}

fn interrupted_or(has_failed: oneshot::Receiver<Failed>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(broken)?.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(broken)?;
        tokio::select! {
            failed = until(has_failed) => failed.map_or(Ok(()), Err),
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    })
}

fn broken(error: std::io::Error) -> Failed {
    Failed::new(Status::Failed, error.to_string())
}

/// A deploy before that would not be seen to load.
fn wait_for_scheduler(globals: &Globals) {
    let there = || connect(globals).is_ok_and(|mut ipcd| ipcd.status().is_ok_and(|s| s.scheduler));
    for _ in 0..PATIENCE.as_millis() / STEP.as_millis() {
        if there() {
            return;
        }
        thread::sleep(STEP);
    }
}
