//! Bun, for functions with `runtime = "bun"`.

use std::process::{Command, Stdio};

use crate::doctor::check::Check;

const AREA: &str = "bun";

/// The first that is known to run in the cage.
const NEEDED: (u32, u32) = (1, 4);

const REMEDY: &str = "npm install -g bun, or https://bun.sh; nothing else needs it";

/// What `bun --version` says; none where there is none on the PATH.
pub fn look() -> Option<String> {
    let mut command = Command::new("bun");
    let output =
        command.arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Never more than a warning: this release runs no function with it.
pub fn check(version: Option<&str>) -> Check {
    let (major, minor) = NEEDED;
    match version {
        None => Check::warning(
            AREA,
            "Bun is not on the PATH; runtime = \"bun\", which comes with a later release, will need it",
            REMEDY,
        ),
        Some(version) if parse(version).is_some_and(|found| found >= NEEDED) => {
            Check::ok(AREA, format!("Bun {version}"))
        }
        Some(version) => Check::warning(
            AREA,
            format!("Bun {version} is older than {major}.{minor}, the first that runs in the cage"),
            REMEDY,
        ),
    }
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Verdict;

    #[test]
    fn a_bun_that_is_missing_old_or_odd_is_warned_of() {
        for bad in [None, Some("1.3.9"), Some("0.9.0"), Some("nonsense"), Some("")] {
            assert_eq!(check(bad).verdict, Verdict::Warning, "{bad:?}");
        }
        for good in ["1.4.0", "1.4.5", "1.10.0", "2.0.0"] {
            assert_eq!(check(Some(good)).verdict, Verdict::Ok, "{good}");
        }
    }
}
