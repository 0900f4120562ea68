//! dev: a folder in service, and again whenever a file of it is saved.
//!
//! # Layout
//! - [`server`]: the suite that serves it: one that runs, or one of its own
//! - [`watch`]: which files matter, and when they change
//! - [`lines`]: what functions write

mod lines;
mod server;
mod watch;

use std::path::PathBuf;
use std::time::Instant;

use bunbase_client::{DeployAnswer, Outcome};
use jiff::Timestamp;

use crate::args::{Dev, Globals};
use crate::deploy::{outcome, send, warn_if_unseen};
use crate::exit::Failed;
use crate::output::{print, tell};
use crate::project::{Project, folder, warn_of};
use lines::Lines;
use server::Server;
use watch::{Matters, Watch};

pub fn run(args: &Dev, globals: &Globals) -> Result<(), Failed> {
    let folder = folder(&args.path)?;
    // Before it is read for the first time: no change is missed.
    let watch = Watch::of(&folder)?;
    let server = Server::choose(args, globals)?;
    if !globals.quiet {
        tell(&server.describe());
    }
    let (globals, url) = (server.globals(), server.url());
    server.serve(move || Session { folder, globals, url, watch, lines: Lines::default() }.run())
}

/// Serving a folder.
struct Session {
    folder: PathBuf,
    globals: Globals,
    /// Where functions are, if dev knows.
    url: Option<String>,
    watch: Watch,
    lines: Lines,
}

impl Session {
    /// Deploys, waits for a change, and so on. Mistakes are said, and what was in service stays there.
    fn run(mut self) -> Failed {
        loop {
            let (matters, deployed) = self.deploy();
            if let Err(failed) = deployed {
                failed.report(self.globals.json);
            }
            if let Err(failed) = self.watch.wait(&matters) {
                return failed;
            }
        }
    }

    /// And which files matter now: those of the bundle, or all where there is none.
    fn deploy(&mut self) -> (Matters, Result<(), Failed>) {
        let (begun, since) = (Instant::now(), Timestamp::now());
        let bundled = Project::open(&self.folder)
            .and_then(|project| project.bundle().map(|bundled| (project, bundled)));
        let (project, bundled) = match bundled {
            Ok(bundled) => bundled,
            Err(failed) => return (Matters::All, Err(failed)),
        };
        let matters = Matters::of(&self.folder, &bundled.files);
        warn_of(&bundled, &self.globals);
        let answer = send(project.manifest.clone(), &bundled, None, false, &self.globals);
        let told = answer.map_err(|failed| project.quoted(failed)).and_then(|answer| {
            warn_if_unseen(&answer, &self.globals);
            print(&self.globals, &answer, |answer| self.told(answer, begun))?;
            // What it wrote while it was loaded, too.
            self.lines.follow(&answer.function, since, &self.globals)
        });
        (matters, told)
    }

    fn told(&self, answer: &DeployAnswer, begun: Instant) -> String {
        let (name, version, outcome) = (&answer.function, answer.version.short(), outcome(answer));
        let took = begun.elapsed().as_millis();
        match &self.url {
            _ if answer.outcome == Outcome::Unchanged => format!("{name} {version} {outcome}\n"),
            Some(url) => {
                format!("{name} {version} {outcome} ({took} ms): {url}/functions/{name}\n")
            }
            None => format!("{name} {version} {outcome} ({took} ms)\n"),
        }
    }
}
