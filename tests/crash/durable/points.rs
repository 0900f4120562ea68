//! kill -9 at each system call of a deploy that changes something.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Instant;

use bunbase_client::Error;
use tempfile::TempDir;

use super::book::{Book, Fate};
use super::ipcd::{Ipcd, copy};
use super::kills::{acknowledged, check, number, one_of_each};
use super::step::{FUNCTIONS, Step, new_text, set};
use super::strace::{Call, Strace};

/// SQLite moves what is in its log into the database once that has so many pages.
const PAGES: u64 = 1000;

/// A state directory in which the deploy that comes next does all that a deploy can do: its second commit fills the log.
pub struct Before {
    folder: TempDir,
    pub book: Book,
    pub step: Step,
    /// What a deploy does to the disk if nobody disturbs it.
    pub calls: Vec<Call>,
}

impl Before {
    pub fn new() -> Self {
        let (mut ipcd, mut book) = (Ipcd::start(), Book::empty());
        for step in one_of_each() {
            acknowledged(&ipcd, &mut book, &step);
        }
        while pages(&ipcd.state()) < PAGES - 8 {
            set(&mut ipcd.client(), "filler", &new_text()).unwrap();
        }
        ipcd.kill();
        let folder = tempfile::tempdir().unwrap();
        copy(&ipcd.state(), folder.path());
        let step = Step::deploy(FUNCTIONS[0]);
        let mut before = Self { folder, book, step, calls: Vec::new() };
        let ipcd = before.start();
        let mut client = ipcd.client();
        let strace = Strace::attach(ipcd.pid(), None);
        before.step.make(&mut client).unwrap();
        before.calls = strace.calls().into_iter().filter(Call::is_on_disk).collect();
        before
    }

    /// ipcd over a copy.
    pub fn start(&self) -> Ipcd {
        Ipcd::over(Some(&self.folder.path().join("state")))
    }
}

/// Pages that are in the log.
fn pages(state: &Path) -> u64 {
    fs::metadata(state.join("registry.db-wal")).map_or(0, |file| file.len() / (4096 + 24))
}

fn killed_at(before: &Before, call: &Call) -> Result<Fate, String> {
    let (mut ipcd, mut book) = (before.start(), before.book.clone());
    let mut client = ipcd.client();
    let strace = Strace::attach(ipcd.pid(), Some(&call.kills()));
    match before.step.make(&mut client) {
        Err(Error::Lost(_)) => {}
        other => return Err(format!("it was not killed there: {other:?}")),
    }
    assert_eq!(ipcd.await_end().signal(), Some(9));
    drop(strace);
    let fate = check(&mut ipcd, &mut book, &before.step, &[Fate::Made, Fate::NotMade]);
    let fate = fate.map_err(|wrong| format!("{wrong}\n{}", ipcd.log()))?;
    acknowledged(&ipcd, &mut book, &Step::deploy(FUNCTIONS[0]));
    Ok(fate)
}

#[test]
fn killed_at_any_system_call_of_a_deploy_ipcd_leaves_it_made_or_not_made() {
    let (begun, before) = (Instant::now(), Before::new());
    let moves_pages = |call: &&Call| call.name == "pwrite64" && call.line.contains("registry.db>");
    assert!(before.calls.iter().any(|call| moves_pages(&call)), "{:#?}", before.calls);
    let each = number("EACH", 4);
    let points: Vec<&Call> = before.calls.iter().step_by(each).collect();
    let fates = points.iter().map(|call| {
        killed_at(&before, call).unwrap_or_else(|wrong| panic!("{}: {wrong}", call.line))
    });
    let fates: Vec<Fate> = fates.collect();
    let made = fates.iter().filter(|fate| **fate == Fate::Made).count();
    let not_made = fates.len() - made;
    let all = before.calls.len();
    println!(
        "killed at {} of {all} system calls in {:?}: {not_made} not made, {made} made, 0 by half",
        points.len(),
        begun.elapsed()
    );
    assert!(made > 0 && not_made > 0);
}
