//! A folder becomes a function: read function.toml, bundle, send.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bunbase_bundle::{Bundle, Target, bundle};
use bunbase_client::{DeployAnswer, DeployRequest, Outcome};
use bunbase_manifest::{FILE_NAME, Manifest, Runtime, parse};
use serde::Serialize;

use crate::args::{Deploy, Globals};
use crate::exit::{Failed, Status};
use crate::output::{print, trace, warn};
use crate::progress::Progress;
use crate::socket::connect;

/// Modules that are looked for where function.toml names none, in this order.
const ENTRIES: [&str; 6] =
    ["index.ts", "index.js", "index.mts", "index.mjs", "src/index.ts", "src/index.js"];

pub fn run(args: &Deploy, globals: &Globals) -> Result<(), Failed> {
    let folder = folder(&args.path)?;
    let manifest = manifest(&folder)?;
    let begun = Instant::now();
    let progress = Progress::begin(globals, "bundling");
    let target = match manifest.runtime {
        Runtime::Quickjs => Target::QuickJs,
        Runtime::Bun => Target::Bun,
    };
    let bundled = bundle(&folder, Path::new(&manifest.main), target);
    let bundled = bundled.map_err(|error| Failed::new(Status::Failed, error.to_string()))?;
    let took = begun.elapsed().as_millis();
    drop(progress);
    trace(globals, &format!("bundled {} in {took} ms", folder.display()));
    bundled.warnings.iter().for_each(|warning| warn(globals, &warning.to_string()));
    let size = bundled.code.len();
    if args.dry_run {
        let report = serde_json::json!({ "function": manifest.name, "bundle_bytes": size, "bundle_ms": took });
        return print(globals, &report, |_| {
            let name = &manifest.name;
            format!("{name}: bundled in {took} ms, {size} bytes; nothing was deployed\n")
        });
    }
    let answer = send(manifest, &bundled, args.message.clone(), globals)?;
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

fn send(
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

/// The folder, absolute: its own name is the function's default name.
fn folder(path: &Path) -> Result<PathBuf, Failed> {
    let shown = path.display();
    let folder = path.canonicalize().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failed::new(Status::Usage, format!("there is no folder {shown}")),
        _ => Failed::new(Status::Failed, format!("cannot read {shown}: {error}")),
    })?;
    if folder.is_dir() {
        return Ok(folder);
    }
    let hint = "deploy the folder that it is in";
    Err(Failed::new(Status::Usage, format!("{shown} is a file")).hint(hint))
}

/// function.toml if it is there, and defaults.
fn manifest(folder: &Path) -> Result<Manifest, Failed> {
    let path = folder.join(FILE_NAME);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Failed::new(
                Status::Failed,
                format!("cannot read {}: {error}", path.display()),
            ));
        }
    };
    let entry = ENTRIES.into_iter().find(|entry| folder.join(entry).is_file());
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let manifest = parse(&text, name, entry.unwrap_or(ENTRIES[0]));
    let manifest = manifest.map_err(|error| Failed::new(Status::Usage, error.to_string()))?;
    if folder.join(&manifest.main).is_file() {
        return Ok(manifest);
    }
    let hint = format!("write it, or name another in {FILE_NAME}: main = \"src/handler.ts\"");
    let missing = format!("{} has no {}", folder.display(), manifest.main);
    Err(Failed::new(Status::Usage, missing).hint(hint))
}
