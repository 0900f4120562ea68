//! A folder becomes a function: bundled and sent.

use std::time::Instant;

use bunbase_bundle::Bundle;
use bunbase_client::{DeployAnswer, DeployFigures, DeployRequest, Outcome};
use bunbase_manifest::Manifest;
use serde::Serialize;

use crate::args::{Deploy, Globals};
use crate::exit::{Failed, Status};
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
    let bundling = format!("bundled in {took} ms, {size} bytes");
    if args.dry_run {
        return dry_run(&project, &bundled, args, globals, &bundling);
    }
    let answer = send(project.manifest.clone(), &bundled, args.message.clone(), false, globals);
    let answer = answer.map_err(|failed| project.quoted(failed))?;
    warn_if_unseen(&answer, globals);
    let deployed = Deployed { answer, bundle_bytes: size, bundle_ms: took };
    print(globals, &deployed, |Deployed { answer, .. }| {
        let (name, version, outcome) = (&answer.function, answer.version.short(), outcome(answer));
        let figures = answer.figures.as_ref().map(figures).unwrap_or_default();
        format!("{name} {version} {outcome}: {bundling}{figures}\n")
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

/// The server checks what it would before a deploy. Without one, that it can be bundled is all that is known.
fn dry_run(
    project: &Project,
    bundled: &Bundle,
    args: &Deploy,
    globals: &Globals,
    bundling: &str,
) -> Result<(), Failed> {
    let name = &project.manifest.name;
    let (message, dry_run) = (args.message.clone(), true);
    let answer = match send(project.manifest.clone(), bundled, message, dry_run, globals) {
        Err(failed) if failed.status == Status::Unreachable => {
            warn(globals, &format!("{}; only the bundle was checked", failed.message));
            None
        }
        answer => Some(answer?),
    };
    let report = serde_json::json!({
        "function": name, "bundle_bytes": bundled.code.len(), "checked_by_server": answer.is_some(),
        "version": answer.as_ref().map(|answer| &answer.version),
        "outcome": answer.as_ref().map(|answer| answer.outcome),
    });
    print(globals, &report, |_| {
        let would = answer.as_ref().map(would).unwrap_or_default();
        format!("{name}: {bundling}{would}; nothing was deployed\n")
    })
}

fn would(answer: &DeployAnswer) -> String {
    let version = answer.version.short();
    match answer.outcome {
        Outcome::Created => format!("; {version} would be new"),
        Outcome::Updated => format!("; {version} would take over"),
        Outcome::Unchanged => format!("; {version} is in service already"),
        Outcome::Registered => format!("; {version} would be stored"),
    }
}

fn figures(figures: &DeployFigures) -> String {
    let DeployFigures { source_map_bytes, bytecode_bytes, .. } = figures;
    let DeployFigures { check_ms, compile_ms, probe_ms, switch_ms, .. } = figures;
    let bytecode = match bytecode_bytes {
        Some(bytes) => format!("bytecode {bytes} bytes"),
        None => "no bytecode".to_owned(),
    };
    format!(
        "\n  source map {source_map_bytes} bytes, {bytecode}; \
         check {check_ms} ms, compile {compile_ms} ms, load {probe_ms} ms, switch {switch_ms} ms"
    )
}

pub fn send(
    manifest: Manifest,
    bundled: &Bundle,
    message: Option<String>,
    dry_run: bool,
    globals: &Globals,
) -> Result<DeployAnswer, Failed> {
    let begun = Instant::now();
    let size = u32::try_from(bundled.code.len()).expect("a bundle is at most 10 MiB");
    let request = DeployRequest { manifest, bundle_bytes: size, message, dry_run };
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
