//! Room where the state is.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bunbase_client::StateReport;
use nix::sys::statvfs::statvfs;

use crate::doctor::check::Check;

const AREA: &str = "disk";

/// Less is a problem: a deploy needs a bundle's size several times over.
const LEAST_BYTES: u64 = 200 << 20;
/// Hundredths of a file system. Less is a problem; of twice as little, a warning.
const LEAST_SHARE: u64 = 5;

/// As ipcd would tell it, for when it does not.
pub fn look(state: &Path) -> Option<StateReport> {
    let disk = statvfs(state).ok()?;
    Some(StateReport {
        path: state.display().to_string(),
        mode: state.metadata().ok()?.permissions().mode() & 0o7777,
        free_bytes: disk.blocks_available() * disk.fragment_size(),
        total_bytes: disk.blocks() * disk.fragment_size(),
        free_inodes: disk.files_available(),
        total_inodes: disk.files(),
    })
}

pub fn check(state: Option<&StateReport>) -> Vec<Check> {
    let Some(state) = state else {
        let detail = "where the state is can't be looked at from here";
        return vec![Check::warning(AREA, detail, "look again when ipcd answers, or as root")];
    };
    let (path, free) = (&state.path, state.free_bytes >> 20);
    let share = share(state.free_bytes, state.total_bytes);
    let remedy = format!("make room on the file system of {path}: df -h {path}");
    let detail = format!("{free} MB ({share} %) are free at {path}");
    let bytes = if share < LEAST_SHARE || state.free_bytes < LEAST_BYTES {
        Check::problem(AREA, detail, remedy)
    } else if share < 2 * LEAST_SHARE {
        Check::warning(AREA, detail, remedy)
    } else {
        Check::ok(AREA, detail)
    };
    [Some(bytes), inodes(state)].into_iter().flatten().collect()
}

/// Some file systems have no such limit.
fn inodes(state: &StateReport) -> Option<Check> {
    let (path, free, total) = (&state.path, state.free_inodes, state.total_inodes);
    let is_short = total > 0 && share(free, total) < LEAST_SHARE;
    is_short.then(|| {
        let detail = format!("{free} of {total} inodes are free at {path}");
        Check::problem(AREA, detail, format!("take small files away there: df -i {path}"))
    })
}

fn share(part: u64, whole: u64) -> u64 {
    part.saturating_mul(100).checked_div(whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::{Verdict, verdicts};

    fn verdict(free_mb: u64, total_mb: u64, free_inodes: u64, total_inodes: u64) -> Vec<Verdict> {
        let (free_bytes, total_bytes) = (free_mb << 20, total_mb << 20);
        let path = "/s".to_owned();
        let state =
            StateReport { path, mode: 0o700, free_bytes, total_bytes, free_inodes, total_inodes };
        verdicts(&check(Some(&state)))
    }

    #[test]
    fn little_room_is_a_problem_by_share_and_by_size() {
        assert_eq!(verdict(50_000, 100_000, 50, 100), [Verdict::Ok]);
        assert_eq!(verdict(4_000, 100_000, 50, 100), [Verdict::Problem]);
        assert_eq!(verdict(7_000, 100_000, 50, 100), [Verdict::Warning]);
        assert_eq!(verdict(199, 300, 50, 100), [Verdict::Problem]);
    }

    #[test]
    fn few_inodes_are_a_problem_where_they_are_counted() {
        assert_eq!(verdict(50_000, 100_000, 4, 100), [Verdict::Ok, Verdict::Problem]);
        assert_eq!(verdict(50_000, 100_000, 0, 0), [Verdict::Ok]);
    }

    #[test]
    fn a_disk_that_cannot_be_seen_is_warned_of() {
        assert_eq!(verdicts(&check(None)), [Verdict::Warning]);
    }
}
