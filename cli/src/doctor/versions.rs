//! Whether command and daemons are of one release.

use bunbase_client::IpcdReport;

use crate::doctor::check::Check;

const AREA: &str = "versions";

/// This command's.
pub const OURS: &str = env!("CARGO_PKG_VERSION");

pub fn check(ours: &str, ipcd: Option<&IpcdReport>) -> Check {
    let remedy = "install one release, then restart: systemctl try-restart 'bunbase-*.service', or \"bunbase up\" again";
    match ipcd {
        Some(ipcd) if ipcd.version == ours => {
            Check::ok(AREA, format!("command and ipcd are {ours}"))
        }
        Some(ipcd) => {
            let detail = format!("the command is {ours}, ipcd {}", ipcd.version);
            Check::warning(AREA, detail, remedy)
        }
        None => Check::warning(AREA, format!("the command is {ours}, ipcd older"), remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Verdict;

    #[test]
    fn two_releases_are_warned_of() {
        let report = |version: &str| {
            let (unix_time, open_files, processes, state) = (0, None, None, None);
            IpcdReport { version: version.into(), unix_time, open_files, processes, state }
        };
        assert_eq!(check("1.0.0", Some(&report("1.0.0"))).verdict, Verdict::Ok);
        assert_eq!(check("1.0.0", Some(&report("1.0.1"))).verdict, Verdict::Warning);
        assert_eq!(check("1.0.0", None).verdict, Verdict::Warning);
    }
}
