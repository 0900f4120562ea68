//! What functions write, shown while dev runs: as `bunbase logs --follow` shows it.

use std::collections::BTreeSet;
use std::thread;

use bunbase_client::MAX_LINES;
use bunbase_manifest::Name;
use jiff::Timestamp;

use crate::args::{Globals, Logs};
use crate::exit::{Failed, Status};
use crate::logs;

/// The functions whose lines are shown.
#[derive(Debug, Default)]
pub struct Lines(BTreeSet<Name>);

impl Lines {
    /// Shows the lines of a function from then on, on a thread that ends with the command.
    pub fn follow(
        &mut self,
        name: &Name,
        since: Timestamp,
        globals: &Globals,
    ) -> Result<(), Failed> {
        if !self.0.insert(name.clone()) {
            return Ok(());
        }
        let (wish, globals) = (wish(name, since), globals.clone());
        let follow = move || {
            if let Err(failed) = logs::run(&wish, &globals) {
                failed.report(globals.json);
            }
        };
        let started = thread::Builder::new().name("lines".to_owned()).spawn(follow);
        started.map(drop).map_err(|error| Failed::new(Status::Failed, error.to_string()))
    }
}

fn wish(name: &Name, since: Timestamp) -> Logs {
    Logs {
        name: Some(name.clone()),
        follow: true,
        since: Some(since),
        until: None,
        lines: MAX_LINES,
        request: None,
        level: None,
    }
}
