//! ls, show, rm, status.

use bunbase_client::ShowAnswer;
use bunbase_manifest::{Manifest, Name};
use serde::Serialize;

use crate::args::Globals;
use crate::exit::Failed;
use crate::socket::connect;

/// Prints an answer: as JSON, or with `people` for people.
pub fn print<T: Serialize>(globals: &Globals, answer: &T, people: impl FnOnce(&T)) {
    if globals.json {
        println!("{}", serde_json::to_string_pretty(answer).expect("plain structs serialise"));
    } else if !globals.quiet {
        people(answer);
    }
}

pub fn list(globals: &Globals) -> Result<(), Failed> {
    let answer = connect(globals)?.list()?;
    print(globals, &answer, |answer| {
        if answer.functions.is_empty() {
            println!("no functions yet; \"bunbase deploy FOLDER\" adds one");
        }
        let width = answer.functions.iter().map(|f| f.name.as_str().len()).max().unwrap_or(0);
        for f in &answer.functions {
            println!(
                "{:width$}  {}  {}  {}",
                f.name.as_str(),
                f.version.short(),
                f.runtime,
                f.deployed_at
            );
        }
    });
    Ok(())
}

pub fn show(name: &Name, globals: &Globals) -> Result<(), Failed> {
    let answer = connect(globals)?.show(name.clone())?;
    print(globals, &answer, print_function);
    Ok(())
}

pub fn remove(name: &Name, globals: &Globals) -> Result<(), Failed> {
    connect(globals)?.remove(name.clone())?;
    print(globals, &serde_json::json!({ "removed": name }), |_| {
        println!("{name} is out of service; its versions are kept");
    });
    Ok(())
}

pub fn status(globals: &Globals) -> Result<(), Failed> {
    let answer = connect(globals)?.status()?;
    print(globals, &answer, |answer| {
        let scheduler = if answer.scheduler { "running" } else { "not started yet" };
        println!("ipcd        running, {}", answer.version);
        println!("schedulerd  {scheduler}");
        println!("functions   {}", answer.functions);
    });
    Ok(())
}

/// Every effective value.
fn print_function(answer: &ShowAnswer) {
    let Manifest { name, main, runtime, profile, http, limits, scale, env, .. } = &answer.manifest;
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
        ("limits.memory", limits.memory.to_string()),
        ("limits.files", limits.files.to_string()),
        ("scale.concurrency", scale.concurrency.to_string()),
        ("scale.min", scale.min.to_string()),
        ("scale.max", scale.max.to_string()),
        ("scale.idle", scale.idle.to_string()),
        ("scale.queue", scale.queue.to_string()),
        ("env", env.join(", ")),
    ];
    for (key, value) in rows {
        println!("{key:18} {value}");
    }
}
