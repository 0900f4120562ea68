//! versions.

use bunbase_client::{VersionSummary, VersionsAnswer};
use bunbase_manifest::Name;

use crate::args::Globals;
use crate::exit::Failed;
use crate::output::print;
use crate::socket::connect;

pub fn list(name: &Name, globals: &Globals) -> Result<(), Failed> {
    let answer = connect(globals)?.versions(name.clone())?;
    print(globals, &answer, describe)
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
