//! DOCTOR: the cage, as schedulerd tells it, and what ipcd sees of itself.

use std::error::Error as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bunbase_lease::Cage;
use bunbase_wire::ipc::{DoctorAnswer, IpcdReport, StateReport};
use bytes::Bytes;
use nix::sys::statvfs::statvfs;

use crate::command::{Answer, Services};

impl Services {
    /// Answers also where schedulerd does not: that is when it is needed most.
    pub async fn doctor(&self) -> Answer {
        let (cage, no_scheduler) = match Cage::inspect(&self.config.lease_socket).await {
            Ok(cage) => (cage, None),
            Err(error) => {
                let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                let none = Cage { layers: Vec::new(), bun_memory: String::new() };
                (none, Some(format!("{error}{cause}")))
            }
        };
        let ipcd = Some(report(&self.config.state));
        let Cage { layers: cage, bun_memory } = cage;
        Answer::ok(&DoctorAnswer { cage, bun_memory, no_scheduler, ipcd }, Bytes::new())
    }
}

fn report(state: &Path) -> IpcdReport {
    // The system calls for it are not among those that the unit allows.
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    IpcdReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        unix_time: jiff::Timestamp::now().as_second().try_into().unwrap_or(0),
        open_files: soft_limit(&limits, "Max open files"),
        processes: soft_limit(&limits, "Max processes"),
        state: state_report(state),
    }
}

/// A line is a name, the soft limit, the hard one and a unit; proc_pid_limits(5).
fn soft_limit(limits: &str, name: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn state_report(state: &Path) -> Option<StateReport> {
    let mode = state.metadata().ok()?.permissions().mode() & 0o7777;
    let disk = statvfs(state).ok()?;
    Some(StateReport {
        path: state.display().to_string(),
        mode,
        free_bytes: disk.blocks_available() * disk.fragment_size(),
        total_bytes: disk.blocks() * disk.fragment_size(),
        free_inodes: disk.files_available(),
        total_inodes: disk.files(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_the_kernel_writes_them() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             unlimited            unlimited            processes \n\
                      Max open files            1024                 65536                files     \n";
        assert_eq!(soft_limit(limits, "Max open files"), Some(1024));
        assert_eq!(soft_limit(limits, "Max processes"), None);
        assert_eq!(soft_limit(limits, "Max nonsense"), None);
    }

    #[test]
    fn the_state_is_reported_with_its_file_system() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o700)).unwrap();
        let report = state_report(folder.path()).unwrap();
        assert_eq!(report.mode, 0o700);
        assert!(report.total_bytes >= report.free_bytes && report.total_bytes > 0);
        assert_eq!(state_report(Path::new("/nonexistent")), None);
    }
}
