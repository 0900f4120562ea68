//! check: what deploy would say of a folder before it sends it, and every setting with where it comes from.

use std::path::Path;
use std::time::Instant;

use bunbase_manifest::Effective;
use serde_json::{Value, json};

use crate::args::Globals;
use crate::exit::Failed;
use crate::output::print;
use crate::project::{Project, warn_of};

pub fn run(path: &Path, globals: &Globals) -> Result<(), Failed> {
    let project = Project::open(path)?;
    let begun = Instant::now();
    let bundled = project.bundle()?;
    let took = begun.elapsed().as_millis();
    warn_of(&bundled, globals);
    let (name, size) = (&project.manifest.name, bundled.code.len());
    let settings: Vec<Value> = project.effective.iter().map(setting).collect();
    let report = json!({
        "function": name, "settings": settings, "warnings": bundled.warnings,
        "bundle_bytes": size, "bundle_ms": took,
    });
    print(globals, &report, |_| {
        let rows: String = project.effective.iter().map(row).collect();
        format!("{rows}{name} can be deployed: bundled in {took} ms, {size} bytes\n")
    })
}

fn setting(Effective { key, value, origin }: &Effective) -> Value {
    json!({ "key": key, "value": value, "origin": origin })
}

fn row(Effective { key, value, origin }: &Effective) -> String {
    let value = if value.is_empty() { "-" } else { value };
    format!("{key:18} {value:20} {origin}\n")
}
