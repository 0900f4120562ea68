//! The units, where systemd is in charge.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::doctor::check::Check;

const AREA: &str = "units";
const TARGET: &str = "bunbase.target";
const NAMES: [&str; 9] = [
    TARGET,
    "bunbase-gateway.socket",
    "bunbase-ipcd.socket",
    "bunbase-ipcd-registry.socket",
    "bunbase-ipcd-telemetry.socket",
    "bunbase-schedulerd.socket",
    "bunbase-gateway.service",
    "bunbase-ipcd.service",
    "bunbase-schedulerd.service",
];

/// So often nothing restarts without a reason.
const MANY_RESTARTS: u64 = 5;

/// A unit as systemd sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    name: String,
    /// loaded, not-found, masked, bad-setting …
    load: String,
    /// active, inactive, failed …
    active: String,
    /// enabled, disabled, static …
    file: String,
    restarts: u64,
}

/// The units; none where systemd is not PID 1.
pub fn look() -> Option<Vec<Unit>> {
    // sd_booted(3)
    if !Path::new("/run/systemd/system").is_dir() {
        return None;
    }
    let mut command = Command::new("systemctl");
    command.args([
        "show",
        "--no-pager",
        "--property=Id,LoadState,ActiveState,UnitFileState,NRestarts",
    ]);
    let output = command.args(NAMES).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    Some(parse(&String::from_utf8_lossy(&output.stdout)))
}

/// `KEY=VALUE` lines, an empty one between units.
fn parse(text: &str) -> Vec<Unit> {
    let unit = |block: &str| {
        let mut unit = Unit::default();
        for (key, value) in block.lines().filter_map(|line| line.split_once('=')) {
            match key {
                "Id" => value.clone_into(&mut unit.name),
                "LoadState" => value.clone_into(&mut unit.load),
                "ActiveState" => value.clone_into(&mut unit.active),
                "UnitFileState" => value.clone_into(&mut unit.file),
                "NRestarts" => unit.restarts = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        unit
    };
    text.split("\n\n").map(unit).filter(|unit| !unit.name.is_empty()).collect()
}

/// `installed`: the suite that is asked for is the one that the units run.
pub fn check(units: Option<&[Unit]>, installed: bool) -> Vec<Check> {
    let Some(units) = units else {
        return vec![Check::ok(
            AREA,
            "systemd is not in charge here; \"bunbase up\" runs the suite",
        )];
    };
    if units.iter().all(|unit| unit.load == "not-found") {
        return vec![Check::ok(AREA, "none are installed; \"bunbase up\" runs the suite")];
    }
    let found: Vec<Check> = units.iter().filter_map(|unit| one(unit, installed)).collect();
    match found.is_empty() {
        true => vec![Check::ok(AREA, format!("all {} are in order", units.len()))],
        false => found,
    }
}

fn one(unit: &Unit, installed: bool) -> Option<Check> {
    let Unit { name, load, active, file, restarts } = unit;
    let is_service = name.ends_with(".service");
    let check = |detail: String, remedy: String| Some(Check::problem(AREA, detail, remedy));
    match (load.as_str(), active.as_str()) {
        ("loaded", "failed") => check(
            format!("{name} has failed"),
            format!(
                "journalctl -u {name} -n 50 says why; then systemctl reset-failed {name} && systemctl start {TARGET}"
            ),
        ),
        // Services start when they are needed.
        ("loaded", "inactive") if !is_service && installed => {
            check(format!("{name} does not run"), format!("systemctl start {TARGET}"))
        }
        ("loaded", _) if name == TARGET && file == "disabled" => Some(Check::warning(
            AREA,
            format!("{name} is not started when the machine is"),
            format!("systemctl enable {TARGET}"),
        )),
        ("loaded", _) if *restarts >= MANY_RESTARTS => Some(Check::warning(
            AREA,
            format!("{name} has been restarted {restarts} times"),
            format!("journalctl -u {name} says why"),
        )),
        ("loaded", _) => None,
        ("masked", _) => check(format!("{name} is masked"), format!("systemctl unmask {name}")),
        ("not-found", _) => check(
            format!("{name} is not installed, and others are"),
            "install the units again, then systemctl daemon-reload".to_owned(),
        ),
        (load, _) => {
            check(format!("{name} is {load}"), format!("systemctl status {name} says why"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::{Verdict, verdicts};

    fn unit(name: &str, load: &str, active: &str, file: &str) -> Unit {
        let text = |text: &str| text.to_owned();
        let (name, load, active, file) = (text(name), text(load), text(active), text(file));
        Unit { name, load, active, file, restarts: 0 }
    }

    fn with(changed: Unit) -> Vec<Verdict> {
        let well = NAMES.map(|name| unit(name, "loaded", "active", "enabled"));
        let all = well.map(|unit| if unit.name == changed.name { changed.clone() } else { unit });
        verdicts(&check(Some(&all), true))
    }

    #[test]
    fn what_systemctl_shows_is_read() {
        let shown = "Id=a.socket\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\n\
                     Id=b.service\nNRestarts=7\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n";
        let units = parse(shown);
        assert_eq!(units[0], unit("a.socket", "loaded", "active", "enabled"));
        assert_eq!((units[1].restarts, units[1].load.as_str()), (7, "not-found"));
    }

    #[test]
    fn each_state_has_its_verdict() {
        let service = "bunbase-ipcd.service";
        let socket = "bunbase-ipcd.socket";
        assert_eq!(with(unit(service, "loaded", "inactive", "static")), [Verdict::Ok]);
        assert_eq!(with(unit(service, "loaded", "failed", "static")), [Verdict::Problem]);
        assert_eq!(with(unit(socket, "loaded", "inactive", "enabled")), [Verdict::Problem]);
        assert_eq!(with(unit(socket, "masked", "inactive", "masked")), [Verdict::Problem]);
        assert_eq!(with(unit(socket, "not-found", "inactive", "")), [Verdict::Problem]);
        assert_eq!(with(unit(TARGET, "loaded", "active", "disabled")), [Verdict::Warning]);
        let restarted = Unit { restarts: 9, ..unit(service, "loaded", "active", "static") };
        assert_eq!(with(restarted), [Verdict::Warning]);
    }

    #[test]
    fn without_systemd_or_units_nothing_is_wrong() {
        assert_eq!(verdicts(&check(None, true)), [Verdict::Ok]);
        let none = NAMES.map(|name| unit(name, "not-found", "inactive", ""));
        assert_eq!(verdicts(&check(Some(&none), false)), [Verdict::Ok]);
    }
}
