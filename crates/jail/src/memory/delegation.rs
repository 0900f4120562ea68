//! Whether a cgroup of version 2 with the memory controller is ours to divide, see cgroups(7).

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::libc;
use nix::unistd::{AccessFlags, access};

/// Why none is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// There is no such file system.
    #[error("cgroup v2 is not mounted")]
    NotMounted,
    /// This process is in none.
    #[error("this process is in no cgroup of v2")]
    NoGroup,
    /// The whole controller is elsewhere.
    #[error("the memory controller belongs to cgroup v1")]
    Version1,
    /// The folders above don't pass it on.
    #[error("the memory controller is not enabled in {0}")]
    NotEnabled(PathBuf),
    /// It is somebody else's.
    #[error("{0} is not delegated to us; with systemd, Delegate=memory does that")]
    NotDelegated(PathBuf),
}

/// The folder in which cgroups with a bound on memory may be made.
///
/// # Errors
/// When there is none.
pub fn delegated() -> Result<PathBuf, Missing> {
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let groups = read(Path::new("/proc/self/cgroup"));
    let folder = folder(&groups, &read(Path::new("/proc/self/mountinfo")))?;
    has_memory(&folder, &groups, &read(&folder.join("cgroup.controllers")))?;
    let is_ours = is_writable(&folder) && is_marked(&folder);
    if is_ours { Ok(folder) } else { Err(Missing::NotDelegated(folder)) }
}

/// Where this process's own cgroup of v2 is.
fn folder(groups: &str, mounts: &str) -> Result<PathBuf, Missing> {
    let group = groups.lines().find_map(|line| line.strip_prefix("0::")).ok_or(Missing::NoGroup)?;
    let (root, place) = mounts.lines().find_map(mounted).ok_or(Missing::NotMounted)?;
    // Of a mount that shows a part only, what is outside of it has no path.
    let below = Path::new(group).strip_prefix(root).map_err(|_| Missing::NoGroup)?;
    Ok(Path::new(place).join(below))
}

/// Of a line of mountinfo that is about cgroup v2: which part is shown, and where; see proc(5).
fn mounted(line: &str) -> Option<(&str, &str)> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut fields = mount.split(' ').skip(3);
    let is_ours = file_system.split(' ').next() == Some("cgroup2");
    is_ours.then_some((fields.next()?, fields.next()?))
}

fn has_memory(folder: &Path, groups: &str, controllers: &str) -> Result<(), Missing> {
    if controllers.split_whitespace().any(|name| name == "memory") {
        return Ok(());
    }
    let is_elsewhere = groups.lines().any(|line| line.split(':').nth(1).is_some_and(names_memory));
    Err(if is_elsewhere { Missing::Version1 } else { Missing::NotEnabled(folder.to_owned()) })
}

fn names_memory(controllers: &str) -> bool {
    controllers.split(',').any(|name| name == "memory")
}

/// Making groups, enabling the controller in them, moving processes into them.
fn is_writable(folder: &Path) -> bool {
    let files = [".", "cgroup.subtree_control", "cgroup.procs"];
    files.iter().all(|file| access(&folder.join(file), AccessFlags::W_OK).is_ok())
}

/// Root may write to all of them; whose they are, systemd says by an attribute, see its CGROUP_DELEGATION.
fn is_marked(folder: &Path) -> bool {
    !nix::unistd::Uid::effective().is_root()
        || ["user.delegate", "trusted.delegate"].iter().any(|name| is_set(folder, name))
}

fn is_set(folder: &Path, name: &str) -> bool {
    let (Ok(folder), Ok(name)) = (CString::new(folder.as_os_str().as_bytes()), CString::new(name))
    else {
        return false;
    };
    let mut value = [0_u8; 1];
    // SAFETY: both names end with a null, and as many bytes are written as there are.
    let length = unsafe {
        libc::getxattr(folder.as_ptr(), name.as_ptr(), value.as_mut_ptr().cast(), value.len())
    };
    length == 1 && value == *b"1"
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEMD: &str = "0::/system.slice/bunbase-schedulerd.service\n";
    const UNIFIED: &str = "\
        25 30 0:23 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw\n\
        35 25 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";
    const VERSION_1: &str = "9:name=systemd:/\n4:memory:/some/group\n1:cpu:/\n0::/\n";
    const HYBRID: &str = "\
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

    #[test]
    fn a_unit_of_systemd_finds_its_folder() {
        let found = folder(SYSTEMD, UNIFIED).unwrap();
        assert_eq!(found, Path::new("/sys/fs/cgroup/system.slice/bunbase-schedulerd.service"));
        assert_eq!(has_memory(&found, SYSTEMD, "cpuset cpu io memory pids\n"), Ok(()));
    }

    #[test]
    fn a_controller_that_is_not_passed_on_is_named_with_the_folder() {
        let found = folder(SYSTEMD, UNIFIED).unwrap();
        let missing = has_memory(&found, SYSTEMD, "cpu pids\n").unwrap_err();
        assert_eq!(missing, Missing::NotEnabled(found.clone()));
        assert_eq!(
            has_memory(&found, SYSTEMD, "memory_hugetlb\n"),
            Err(Missing::NotEnabled(found))
        );
    }

    #[test]
    fn on_a_machine_with_both_versions_memory_belongs_to_the_first() {
        let found = folder(VERSION_1, HYBRID).unwrap();
        assert_eq!(found, Path::new("/sys/fs/cgroup/unified/"));
        assert_eq!(has_memory(&found, VERSION_1, "\n"), Err(Missing::Version1));
    }

    #[test]
    fn without_version_2_there_is_none() {
        let only_1 = HYBRID.lines().next().unwrap();
        assert_eq!(folder(VERSION_1, only_1), Err(Missing::NotMounted));
        assert_eq!(folder("4:memory:/x\n", HYBRID), Err(Missing::NoGroup));
    }

    #[test]
    fn a_group_outside_of_what_is_mounted_has_no_folder() {
        let part = "41 31 0:38 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        assert_eq!(folder("0::/other\n", part), Err(Missing::NoGroup));
        assert_eq!(folder("0::/docker/1/a\n", part).unwrap(), Path::new("/sys/fs/cgroup/a"));
    }

    #[test]
    fn this_machine_gets_a_plain_answer() {
        let said = delegated()
            .map_or_else(|missing| missing.to_string(), |folder| folder.display().to_string());
        println!("{said}");
        assert!(!said.is_empty());
    }
}
