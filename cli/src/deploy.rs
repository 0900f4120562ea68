//! A folder becomes a function: bundled and sent.

use std::time::Instant;

use bunbase_bundle::Bundle;
use bunbase_client::{DeployAnswer, DeployRequest, Outcome};
use bunbase_manifest::Manifest;
use serde::Serialize;

use crate::args::{Deploy, Globals};
use crate::exit::Failed;
use crate::output::{print, trace, warn};
use crate::progress::Progress;
use crate::project::{self, Project};
use crate::socket::connect;

pub fn run(args: &Deploy, globals: &Globals) -> Result<(), Failed> {
    let project = Project::open(&args.path)?;
    let begun = Instant::now();
    let progress = Progress::begin(globals, "bundling");
    let bundled = project.bundle()?;
    let took = begun.elapsed().as_millis();
    drop(progress);
    trace(globals, &format!("bundled {} in {took} ms", project.folder.display()));
    project::warn_of(&bundled, globals);
    let size = bundled.code.len();
    if args.dry_run {
        let report = serde_json::json!({ "function": project.manifest.name, "bundle_bytes": size, "bundle_ms": took });
        return print(globals, &report, |_| {
            let name = &project.manifest.name;
            format!("{name}: bundled in {took} ms, {size} bytes; nothing was deployed\n")
        });
    }
    let answer = send(project.manifest.clone(), &bundled, args.message.clone(), globals);
    let answer = answer.map_err(|failed| project.quoted(failed))?;
    warn_if_unseen(&answer, globals);
    let deployed = Deployed { answer, bundle_bytes: size, bundle_ms: took };
    print(globals, &deployed, |Deployed { answer, .. }| {
        let (name, version, outcome) = (&answer.function, answer.version.short(), outcome(answer));
        format!("{name} {version} {outcome}: bundled in {took} ms, {size} bytes\n")
    })
}

/// What is printed as JSON: ipcd's answer, and what was seen here.
#[derive(Serialize)]
struct Deployed {
    #[serde(flatten)]
    answer: DeployAnswer,
    bundle_bytes: usize,
    bundle_ms: u128,
}

pub fn send(
    manifest: Manifest,
    bundled: &Bundle,
    message: Option<String>,
    globals: &Globals,
) -> Result<DeployAnswer, Failed> {
    let begun = Instant::now();
    let size = u32::try_from(bundled.code.len()).expect("a bundle is at most 10 MiB");
    let request = DeployRequest { manifest, bundle_bytes: size, message };
    let map = bundled.map.as_deref().unwrap_or_default();
    let mut client = connect(globals)?;
    let progress = Progress::begin(globals, "uploading");
    let sent = || progress.step("waiting until it is seen to load");
    let answer = client.deploy_watched(&request, bundled.code.as_bytes(), map.as_bytes(), sent)?;
    trace(globals, &format!("deployed in {:.1?}", begun.elapsed()));
    Ok(answer)
}

pub fn outcome(answer: &DeployAnswer) -> &'static str {
    match answer.outcome {
        Outcome::Created => "is in service",
        Outcome::Updated => "has taken over",
        Outcome::Unchanged => "is in service already; nothing has changed",
        Outcome::Registered => "is stored",
    }
}

/// What nobody has seen load may not.
pub fn warn_if_unseen(answer: &DeployAnswer, globals: &Globals) {
    if let Some(why) = &answer.unseen {
        warn(globals, &format!("{} was not seen to load: {why}", answer.function));
    }
}
