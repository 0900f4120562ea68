//! A folder becomes a function: read function.toml, bundle, send.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bunbase_bundle::{Bundle, Target, bundle};
use bunbase_client::{DeployAnswer, DeployFigures, DeployRequest, Outcome};
use bunbase_manifest::{FILE_NAME, Manifest, Runtime, parse};

use crate::args::{Deploy, Globals};
use crate::exit::{Failed, Status};
use crate::output::{print, tell};
use crate::socket::connect;

/// Modules that are looked for where function.toml names none, in this order.
const ENTRIES: [&str; 6] =
    ["index.ts", "index.js", "index.mts", "index.mjs", "src/index.ts", "src/index.js"];

pub fn run(args: &Deploy, globals: &Globals) -> Result<(), Failed> {
    let folder = folder(&args.path)?;
    let manifest = manifest(&folder)?;
    let begun = Instant::now();
    let target = match manifest.runtime {
        Runtime::Quickjs => Target::QuickJs,
        Runtime::Bun => Target::Bun,
    };
    let bundled = bundle(&folder, Path::new(&manifest.main), target);
    let bundled = bundled.map_err(|error| Failed::new(Status::Failed, error.to_string()))?;
    let took = begun.elapsed().as_millis();
    warn(&bundled, globals);
    let size = bundled.code.len();
    let bundling = format!("bundled in {took} ms, {size} bytes");
    if args.dry_run {
        return dry_run(manifest, &bundled, args, globals, &bundling);
    }
    let answer = send(manifest, &bundled, args, globals)?;
    warn_if_unseen(&answer, globals);
    print(globals, &answer, |answer| {
        let (name, version, outcome) = (&answer.function, answer.version.short(), outcome(answer));
        let figures = answer.figures.as_ref().map(figures).unwrap_or_default();
        format!("{name} {version} {outcome}: {bundling}{figures}\n")
    })
}

/// The server checks what it would before a deploy. Without one, that it can be bundled is all that is known.
fn dry_run(
    manifest: Manifest,
    bundled: &Bundle,
    args: &Deploy,
    globals: &Globals,
    bundling: &str,
) -> Result<(), Failed> {
    let name = manifest.name.clone();
    let answer = match send(manifest, bundled, args, globals) {
        Err(failed) if failed.status == Status::Unreachable => {
            if !globals.quiet {
                tell(&format!("warning: {}; only the bundle was checked", failed.message));
            }
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

fn send(
    manifest: Manifest,
    bundled: &Bundle,
    args: &Deploy,
    globals: &Globals,
) -> Result<DeployAnswer, Failed> {
    let size = u32::try_from(bundled.code.len()).expect("a bundle is at most 10 MiB");
    let (message, dry_run) = (args.message.clone(), args.dry_run);
    let request = DeployRequest { manifest, bundle_bytes: size, message, dry_run };
    let map = bundled.map.as_deref().unwrap_or_default();
    Ok(connect(globals)?.deploy(&request, bundled.code.as_bytes(), map.as_bytes())?)
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
    if let Some(why) = answer.unseen.as_ref().filter(|_| !globals.quiet) {
        tell(&format!("warning: {} was not seen to load: {why}", answer.function));
    }
}

fn warn(bundled: &Bundle, globals: &Globals) {
    for warning in bundled.warnings.iter().filter(|_| !globals.quiet) {
        tell(&format!("warning: {warning}"));
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
