//! versions, rollback.

use bunbase_client::{RollbackRequest, VersionSummary, VersionsAnswer};
use bunbase_manifest::Name;

use crate::args::Globals;
use crate::deploy::{outcome, warn_if_unseen};
use crate::exit::Failed;
use crate::output::print;
use crate::socket::connect;

pub fn list(name: &Name, globals: &Globals) -> Result<(), Failed> {
    let answer = connect(globals)?.versions(name.clone())?;
    print(globals, &answer, describe)
}

pub fn rollback(request: &RollbackRequest, globals: &Globals) -> Result<(), Failed> {
    let answer = connect(globals)?.rollback(request)?;
    warn_if_unseen(&answer, globals);
    print(globals, &answer, |answer| {
        format!("{} {} {}\n", answer.function, answer.version.short(), outcome(answer))
    })
}

fn describe(answer: &VersionsAnswer) -> String {
    answer.versions.iter().map(line).collect()
}

fn line(version: &VersionSummary) -> String {
    let mark = if version.in_service { "in service" } else { "-" };
    let (short, size) = (version.version.short(), version.bundle_bytes);
    let deployed = version.deployed_at.as_deref().unwrap_or("never deployed");
    let message = version.message.as_deref().unwrap_or("-");
    format!("{short}  {mark:10}  {deployed}  {size} bytes  {message}\n")
}
