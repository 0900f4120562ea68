//! The clock: deployments, logs and certificates are told apart by it.

use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::doctor::check::Check;

const AREA: &str = "clock";

/// 2026-01-01: this release is younger.
const EARLIEST: u64 = 1_767_225_600;
/// 2100-01-01.
const LATEST: u64 = 4_102_444_800;

const REMEDY: &str = "timedatectl set-ntp true, or set it by hand: date --set";

/// Seconds since 1970 here.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// What the kernel knows of its being synchronised, as timedatectl tells it; none where nobody does.
pub fn synchronised() -> Option<bool> {
    let mut command = Command::new("timedatectl");
    command.args(["show", "--property=NTPSynchronized", "--value"]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    match output.stdout.as_slice().trim_ascii() {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => None,
    }
}

pub fn check(unix_time: u64, synchronised: Option<bool>) -> Check {
    if !(EARLIEST..LATEST).contains(&unix_time) {
        let detail = format!("the clock is wrong: it says {unix_time} seconds since 1970");
        return Check::problem(AREA, detail, REMEDY);
    }
    match synchronised {
        Some(true) => Check::ok(AREA, "the clock is synchronised"),
        None => {
            Check::ok(AREA, "the year is plausible; whether it is synchronised nobody here says")
        }
        Some(false) => Check::warning(AREA, "the clock is not synchronised", REMEDY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Verdict;

    #[test]
    fn a_clock_without_a_battery_is_a_problem_and_one_on_its_own_a_warning() {
        assert_eq!(check(12, Some(true)).verdict, Verdict::Problem);
        assert_eq!(check(LATEST, None).verdict, Verdict::Problem);
        assert_eq!(check(EARLIEST + 1, Some(false)).verdict, Verdict::Warning);
        assert_eq!(check(EARLIEST + 1, Some(true)).verdict, Verdict::Ok);
        assert_eq!(check(EARLIEST + 1, None).verdict, Verdict::Ok);
    }
}
