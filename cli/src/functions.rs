//! ls, show, rm, status.

use bunbase_client::{FunctionSummary, ShowAnswer, StatusAnswer};
use bunbase_manifest::{Manifest, Name};

use crate::args::Globals;
use crate::exit::Failed;
use crate::output::print;
use crate::question::confirm;
use crate::socket::connect;

pub fn list(globals: &Globals) -> Result<(), Failed> {
    let answer = connect(globals)?.list()?;
    print(globals, &answer, |answer| {
        if answer.functions.is_empty() {
            return "no functions yet; \"bunbase deploy FOLDER\" adds one\n".to_owned();
        }
        let width = answer.functions.iter().map(|f| f.name.as_str().len()).max().unwrap_or(0);
        let line = |f: &FunctionSummary| {
            let (name, version) = (f.name.as_str(), f.version.short());
            format!("{name:width$}  {version}  {}  {}\n", f.runtime, f.deployed_at)
        };
        answer.functions.iter().map(line).collect()
    })
}

pub fn show(name: &Name, globals: &Globals) -> Result<(), Failed> {
    let answer = connect(globals)?.show(name.clone())?;
    print(globals, &answer, describe)
}

pub fn remove(name: &Name, globals: &Globals) -> Result<(), Failed> {
    confirm(globals, &format!("Take {name} out of service?"))?;
    connect(globals)?.remove(name.clone())?;
    print(globals, &serde_json::json!({ "removed": name }), |_| {
        format!("{name} is out of service; its versions are kept\n")
    })
}

pub fn status(globals: &Globals) -> Result<(), Failed> {
    let answer = connect(globals)?.status()?;
    print(globals, &answer, |answer| {
        let scheduler = if answer.scheduler { "running" } else { "not started yet" };
        let StatusAnswer { version, functions, versions, clients, uptime_s, .. } = answer;
        let StatusAnswer { registry_bytes, bundles_bytes, .. } = answer;
        format!(
            "ipcd        running, {version}, for {uptime_s} s, {clients} connected\n\
             schedulerd  {scheduler}\n\
             functions   {functions}, {versions} versions\n\
             state       registry {registry_bytes} bytes, bundles {bundles_bytes} bytes\n"
        )
    })
}

fn listed<T: ToString>(grants: &[T]) -> String {
    let words: Vec<String> = grants.iter().map(ToString::to_string).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

/// Every effective value.
fn describe(answer: &ShowAnswer) -> String {
    let Manifest { name, main, runtime, profile, http, limits, scale, permissions, env, .. } =
        &answer.manifest;
    let message = answer.message.as_deref().unwrap_or("-");
    let env: Vec<&str> = env.keys().map(String::as_str).collect();
    let rows = [
        ("name", name.to_string()),
        ("version", answer.version.to_string()),
        ("deployed", answer.deployed_at.clone()),
        ("message", message.to_owned()),
        ("bundle", format!("{} bytes", answer.bundle_bytes)),
        ("main", main.clone()),
        ("runtime", runtime.to_string()),
        ("profile", profile.to_string()),
        ("http.max_body", http.max_body.to_string()),
        ("limits.timeout", limits.timeout.to_string()),
        ("limits.cpu_time", limits.cpu_time.to_string()),
        ("limits.memory", limits.memory.to_string()),
        ("limits.files", limits.files.to_string()),
        ("limits.output", limits.output.to_string()),
        ("permissions.net", listed(&permissions.net)),
        ("permissions.read", listed(&permissions.read)),
        ("permissions.write", listed(&permissions.write)),
        ("scale.concurrency", scale.concurrency.to_string()),
        ("scale.min", scale.min.to_string()),
        ("scale.max", scale.max.to_string()),
        ("scale.idle", scale.idle.to_string()),
        ("scale.queue", scale.queue.to_string()),
        ("env", env.join(", ")),
    ];
    rows.into_iter().map(|(key, value)| format!("{key:18} {value}\n")).collect()
}
