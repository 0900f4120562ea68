//! Whether this user may command ipcd, and whether others can read its state.

use std::io::ErrorKind;
use std::path::Path;

use bunbase_client::{DoctorAnswer, Error, ErrorCode, StateReport};
use nix::unistd::{Group, Uid, User, getgroups};

use crate::doctor::check::Check;

const AREA: &str = "permissions";
const GROUP: &str = "bunbase";

/// Who asks.
#[derive(Debug)]
pub struct Caller {
    name: String,
    is_root: bool,
    owns_socket: bool,
    /// Whether they are of the group `bunbase`; none where there is none.
    in_group: Option<bool>,
}

pub fn look(ipc: &Path) -> Caller {
    let uid = Uid::effective();
    let user = User::from_uid(uid).ok().flatten();
    let owner = ipc.metadata().ok().map(|file| std::os::unix::fs::MetadataExt::uid(&file));
    let group = Group::from_name(GROUP).ok().flatten();
    let groups = getgroups().unwrap_or_default();
    Caller {
        name: user.map_or_else(|| uid.to_string(), |user| user.name),
        is_root: uid.is_root(),
        owns_socket: owner == Some(uid.as_raw()),
        in_group: group.map(|group| groups.contains(&group.gid)),
    }
}

/// The verdict on what the kernel or ipcd let this user do.
pub fn caller(caller: &Caller, answer: &Result<DoctorAnswer, Error>) -> Option<Check> {
    match answer {
        Ok(_) => {
            Some(Check::ok(AREA, format!("{} may command ipcd ({})", caller.name, why(caller))))
        }
        Err(error) if is_refusal(error) => {
            let detail = format!("{} may not command ipcd", caller.name);
            Some(Check::problem(AREA, detail, remedy(caller)))
        }
        Err(_) => None,
    }
}

fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Unreachable { cause, .. } => cause.kind() == ErrorKind::PermissionDenied,
        Error::Answered(answer) => answer.code == ErrorCode::Denied,
        _ => false,
    }
}

fn why(caller: &Caller) -> &'static str {
    match caller {
        Caller { is_root: true, .. } => "root",
        Caller { owns_socket: true, .. } => "the suite is theirs",
        _ => "of the group \"bunbase\"",
    }
}

fn remedy(caller: &Caller) -> String {
    let name = &caller.name;
    match caller.in_group {
        Some(false) => format!("adduser {name} {GROUP}, as root; it holds from the next login on"),
        Some(true) => "log out and in again: a group holds from the next login on".to_owned(),
        None => format!(
            "there is no group {GROUP}: systemd-sysusers makes it where the suite is installed"
        ),
    }
}

/// The verdict on the state's folder.
pub fn state(state: Option<&StateReport>) -> Option<Check> {
    let StateReport { path, mode, .. } = state?;
    let is_open = mode & 0o077 != 0;
    is_open.then(|| {
        let detail =
            format!("others can look into {path} (mode {mode:04o}), where code and variables are");
        Check::warning(AREA, detail, format!("chmod 0700 {path}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Verdict;

    fn someone(in_group: Option<bool>) -> Caller {
        Caller { name: "ada".into(), is_root: false, owns_socket: false, in_group }
    }

    fn refused() -> Result<DoctorAnswer, Error> {
        let cause = ErrorKind::PermissionDenied.into();
        Err(Error::Unreachable { socket: "/x".into(), cause })
    }

    fn report(mode: u32) -> StateReport {
        let (free_bytes, total_bytes, free_inodes, total_inodes) = (1, 1, 1, 1);
        StateReport { path: "/s".into(), mode, free_bytes, total_bytes, free_inodes, total_inodes }
    }

    #[test]
    fn a_refusal_says_what_an_administrator_types() {
        let check = caller(&someone(Some(false)), &refused()).unwrap();
        assert_eq!(check.verdict, Verdict::Problem);
        assert!(check.remedy.unwrap().starts_with("adduser ada bunbase"));
        let check = caller(&someone(Some(true)), &refused()).unwrap();
        assert!(check.remedy.unwrap().contains("log out"));
        let check = caller(&someone(None), &refused()).unwrap();
        assert!(check.remedy.unwrap().contains("no group"));
    }

    #[test]
    fn a_state_that_others_can_read_is_warned_of() {
        assert_eq!(state(Some(&report(0o700))), None);
        assert_eq!(state(Some(&report(0o755))).unwrap().verdict, Verdict::Warning);
        assert_eq!(state(None), None);
    }
}
