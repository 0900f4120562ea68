//! doctor: what is wrong with the suite and its machine, and what to do about it. It works where the daemons don't.
//!
//! # Layout
//! - [`check`]: a verdict
//! - [`sockets`], [`permissions`], [`units`], [`bun`]: what this command sees itself
//! - [`kernel`], [`disk`], [`clock`], [`limits`], [`versions`]: what ipcd tells, or as much as shows from here
//! - [`cage`]: the layers of the workers' cage, and what each means
//!
//! In each module `look` gathers facts, and what gives verdicts on them touches nothing.

mod bun;
mod cage;
mod check;
mod clock;
mod disk;
mod kernel;
mod limits;
mod permissions;
mod sockets;
mod units;
mod versions;

use std::path::{Path, PathBuf};
use std::time::Duration;

use bunbase_client::{Client, DoctorAnswer, Error, LayerReport};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::args::Globals;
use crate::exit::{Failed, Status};
use crate::output::{BAD, FAINT, GOOD, ODD, print, print_failed, tell};
use crate::socket::{INSTALLED, find};
use crate::ssh;
use check::{Check, Verdict};

/// An ipcd that takes longer is no well one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the installed suite has its state.
const INSTALLED_STATE: &str = "/var/lib/bunbase";

/// All that was found.
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    checks: Vec<Check>,
    /// Empty where nobody could be asked.
    cage: Vec<LayerReport>,
    bun_memory: String,
}

pub fn run(globals: &Globals) -> Result<(), Failed> {
    let report = match globals.host() {
        Some(host) => there(host, globals)?,
        None => here(&find(globals)),
    };
    match problems(&report.checks) {
        Some(failed) => Err(print_failed(globals, &report, failed, describe)),
        None => print(globals, &report, describe),
    }
}

/// Sockets and units are those of the other machine: it looks itself.
fn there(host: &str, globals: &Globals) -> Result<Report, Failed> {
    let output = ssh::output(host, globals.socket.as_deref(), &["--json", "doctor"])?;
    let said: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    let report = said.and_then(|mut said| serde_json::from_value(said["result"].take()).ok());
    report.ok_or_else(|| {
        tell(String::from_utf8_lossy(&output.stderr).trim_end());
        Failed::new(
            Status::Failed,
            format!("bunbase on {host} answers in another way; is it of another release?"),
        )
        .hint(format!("ask it itself: ssh {host} bunbase doctor"))
    })
}

fn here(ipc: &Path) -> Report {
    let answer = ask(ipc);
    let caller = permissions::look(ipc);
    let told = answer.as_ref().ok();
    let ipcd = told.and_then(|told| told.ipcd.as_ref());
    let state = ipcd.and_then(|ipcd| ipcd.state.clone()).or_else(|| disk::look(&state_of(ipc)));
    let units = units::look();
    let mut checks = sockets::files(&sockets::look(ipc));
    checks.extend(sockets::answered(ipc, &answer));
    checks.extend(permissions::caller(&caller, &answer));
    checks.extend(permissions::state(state.as_ref()));
    checks.extend(units::check(units.as_deref(), ipc == Path::new(INSTALLED)));
    checks.extend(kernel::check(&kernel::look(), told));
    checks.extend(disk::check(state.as_ref()));
    checks.push(clock::check(
        ipcd.map_or_else(clock::now, |ipcd| ipcd.unix_time),
        clock::synchronised(),
    ));
    checks.extend(limits::check(limits::look(), ipcd));
    checks.extend(told.map(|_| versions::check(versions::OURS, ipcd)));
    checks.push(bun::check(bun::look().as_deref()));
    let (cage, bun_memory) = answer.map(|told| (told.cage, told.bun_memory)).unwrap_or_default();
    Report { checks, cage, bun_memory }
}

fn ask(ipc: &Path) -> Result<DoctorAnswer, Error> {
    let mut client = Client::connect(ipc)?;
    client.set_timeout(PATIENCE)?;
    client.doctor()
}

/// Where it would be, when nobody says.
fn state_of(ipc: &Path) -> PathBuf {
    match ipc.parent() {
        Some(folder) if ipc != Path::new(INSTALLED) => folder.to_owned(),
        _ => INSTALLED_STATE.into(),
    }
}

/// All of them, so that the end of a long list says what the list was about.
fn problems(checks: &[Check]) -> Option<Failed> {
    let bad: Vec<&Check> =
        checks.iter().filter(|check| check.verdict == Verdict::Problem).collect();
    let details: Vec<&str> = bad.iter().map(|check| check.detail.as_str()).collect();
    let mut remedies: Vec<&str> = bad.iter().filter_map(|check| check.remedy.as_deref()).collect();
    remedies.dedup();
    (!bad.is_empty())
        .then(|| Failed::new(Status::Failed, details.join("; ")).hint(remedies.join("\n  ")))
}

fn describe(report: &Report) -> String {
    let mut text: String = report.checks.iter().map(row).collect();
    if !report.cage.is_empty() {
        text.push_str("\nthe cage of the workers\n\n");
        text.push_str(&cage::describe(&report.cage, &report.bun_memory));
    }
    text
}

fn row(Check { area, verdict, detail, remedy }: &Check) -> String {
    let (word, style) = match verdict {
        Verdict::Ok => ("ok", GOOD),
        Verdict::Warning => ("warning", ODD),
        Verdict::Problem => ("problem", BAD),
    };
    let remedy = remedy.as_ref().map(|remedy| format!("{:20}  {FAINT}{remedy}{FAINT:#}\n", ""));
    format!("{style}{word:8}{style:#} {area:12} {detail}\n{}", remedy.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_problems_fail_and_all_of_them_are_named() {
        let ok = Check::ok("a", "fine");
        let warning = Check::warning("b", "odd", "look");
        assert!(problems(&[ok.clone(), warning.clone()]).is_none());
        let bad = |detail: &str| Check::problem("c", detail, format!("mend {detail}"));
        let failed = problems(&[ok, bad("this"), warning, bad("that")]).unwrap();
        assert_eq!(failed.message, "this; that");
        assert_eq!(failed.hint.as_deref(), Some("mend this\n  mend that"));
    }

    #[test]
    fn the_state_is_beside_the_socket_of_up_and_elsewhere_where_it_is_installed() {
        assert_eq!(state_of(Path::new("/home/a/bunbase/ipc.sock")), Path::new("/home/a/bunbase"));
        assert_eq!(state_of(Path::new(INSTALLED)), Path::new("/var/lib/bunbase"));
    }
}
