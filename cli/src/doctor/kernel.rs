//! What the kernel has for the cage: as schedulerd found it, or as far as it shows from outside.

use std::fs::read_to_string;

use bunbase_client::{DoctorAnswer, LayerReport, LayerState};
use nix::sys::utsname::uname;

use crate::doctor::check::Check;

const AREA: &str = "kernel";

/// The first with all that the cage needs.
const NEEDED: (u32, u32) = (5, 19);

/// The kernel from outside.
#[derive(Debug)]
pub struct Kernel {
    release: String,
    /// The security modules that it runs; none where it does not tell.
    modules: Option<String>,
}

pub fn look() -> Kernel {
    let release = uname().map(|name| name.release().to_string_lossy().into_owned());
    Kernel {
        release: release.unwrap_or_default(),
        modules: read_to_string("/sys/kernel/security/lsm").ok(),
    }
}

pub fn check(kernel: &Kernel, answer: Option<&DoctorAnswer>) -> Vec<Check> {
    let from_inside = match answer {
        Some(DoctorAnswer { no_scheduler: Some(why), .. }) => vec![Check::problem(
            AREA,
            format!("schedulerd does not answer ({why}), so no worker starts"),
            "its log says why: journalctl -u bunbase-schedulerd, or the terminal of \"bunbase up\"",
        )],
        Some(answer) => cage(&answer.cage),
        None => landlock(kernel).into_iter().collect(),
    };
    [release(kernel)].into_iter().chain(from_inside).collect()
}

fn release(Kernel { release, .. }: &Kernel) -> Check {
    let (major, minor) = NEEDED;
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    let found = match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor),
        _ => (0, 0),
    };
    let detail = format!("Linux {release}");
    match found >= NEEDED {
        true => Check::ok(AREA, detail),
        false => Check::problem(
            AREA,
            format!("{detail} is older than {major}.{minor}, the first that the cage is for"),
            "boot a newer kernel; Debian 12 has one",
        ),
    }
}

fn landlock(kernel: &Kernel) -> Option<Check> {
    let modules = kernel.modules.as_ref()?;
    let is_there = modules.trim().split(',').any(|module| module == "landlock");
    (!is_there).then(|| {
        let remedy =
            format!("add landlock to the kernel's command line: lsm=landlock,{}", modules.trim());
        Check::problem(AREA, "the kernel runs without Landlock", remedy)
    })
}

fn cage(layers: &[LayerReport]) -> Vec<Check> {
    let found: Vec<Check> = layers.iter().filter_map(layer).collect();
    match found.is_empty() {
        true => {
            vec![Check::ok(AREA, format!("all {} layers of the cage are in force", layers.len()))]
        }
        false => found,
    }
}

fn layer(LayerReport { layer, state, detail }: &LayerReport) -> Option<Check> {
    match state {
        LayerState::InForce => None,
        LayerState::Accepted => Some(Check::warning(
            AREA,
            format!("workers run without the layer {layer} ({detail}), as schedulerd.toml accepts"),
            "a kernel that has it is the remedy; then take it out of accept_missing",
        )),
        LayerState::Missing => Some(Check::problem(
            AREA,
            format!("the cage lacks the layer {layer} ({detail}), so no worker starts"),
            format!(
                "a kernel that has it is the remedy; accept_missing = [\"{layer}\"] in schedulerd.toml starts workers without it"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::{Verdict, verdicts};

    fn kernel(release: &str, modules: Option<&str>) -> Kernel {
        Kernel { release: release.into(), modules: modules.map(str::to_owned) }
    }

    fn answer(state: LayerState, no_scheduler: Option<&str>) -> DoctorAnswer {
        let layer = LayerReport { layer: "landlock".into(), state, detail: "ENOSYS".into() };
        let no_scheduler = no_scheduler.map(str::to_owned);
        DoctorAnswer { cage: vec![layer], bun_memory: String::new(), no_scheduler, ipcd: None }
    }

    #[test]
    fn an_old_kernel_is_a_problem() {
        let verdict = |release| check(&kernel(release, None), None)[0].verdict;
        assert_eq!(verdict("5.18.0-rc1"), Verdict::Problem);
        assert_eq!(verdict("4.19"), Verdict::Problem);
        assert_eq!(verdict("nonsense"), Verdict::Problem);
        assert_eq!(verdict("5.19.0"), Verdict::Ok);
        assert_eq!(verdict("6.1.0-13-amd64"), Verdict::Ok);
    }

    #[test]
    fn the_cage_as_it_was_found_is_judged_layer_by_layer() {
        let verdict = |state| verdicts(&check(&kernel("6.1", None), Some(&answer(state, None))))[1];
        assert_eq!(verdict(LayerState::InForce), Verdict::Ok);
        assert_eq!(verdict(LayerState::Accepted), Verdict::Warning);
        assert_eq!(verdict(LayerState::Missing), Verdict::Problem);
        let silent = answer(LayerState::InForce, Some("connection refused"));
        assert_eq!(verdicts(&check(&kernel("6.1", None), Some(&silent)))[1], Verdict::Problem);
    }

    #[test]
    fn with_no_daemon_to_ask_the_kernel_shows_whether_it_has_landlock() {
        let all = |modules| verdicts(&check(&kernel("6.1", Some(modules)), None));
        assert_eq!(all("capability,landlock,yama\n"), [Verdict::Ok]);
        assert_eq!(all("capability,yama\n"), [Verdict::Ok, Verdict::Problem]);
    }
}
