//! The sockets: there, and closed to others; somebody answers.

use std::fs::symlink_metadata;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use bunbase_client::{DoctorAnswer, Error};

use crate::doctor::check::Check;

const AREA: &str = "sockets";

/// Those beside ipcd's own, by which the daemons find each other.
const OTHERS: [&str; 3] = ["lease.sock", "registry.sock", "telemetry.sock"];

const START: &str = "start the suite: \"systemctl start bunbase.target\" where it is installed, \"bunbase up\" where not; \
                     --socket names another socket";

/// A socket's file.
#[derive(Debug)]
pub struct Found {
    path: PathBuf,
    /// Whether it is a socket, and its permission bits; none where there is no file.
    file: Option<(bool, u32)>,
}

/// ipcd's socket and those beside it.
pub fn look(ipc: &Path) -> Vec<Found> {
    let beside = OTHERS.iter().map(|name| ipc.with_file_name(name));
    [ipc.to_owned()].into_iter().chain(beside).map(found).collect()
}

fn found(path: PathBuf) -> Found {
    // What a link leads to is what counts.
    let metadata = path.canonicalize().and_then(symlink_metadata).ok();
    let file =
        metadata.map(|file| (file.file_type().is_socket(), file.permissions().mode() & 0o777));
    Found { path, file }
}

/// The verdicts on the files. Without the first one the suite is not there at all, and that is said once.
pub fn files(sockets: &[Found]) -> Vec<Check> {
    let is_there = sockets.first().is_some_and(|ipc| ipc.file.is_some());
    let count = if is_there { sockets.len() } else { 1 };
    sockets.iter().take(count).filter_map(file).collect()
}

/// Nothing, where all is well.
fn file(Found { path, file }: &Found) -> Option<Check> {
    let path = path.display();
    match file {
        None => Some(Check::problem(AREA, format!("there is no {path}"), START)),
        Some((false, _)) => {
            let remedy = "take it away, and start the suite again";
            Some(Check::problem(AREA, format!("{path} is no socket"), remedy))
        }
        Some((true, mode)) if mode & 0o006 != 0 => Some(Check::problem(
            AREA,
            format!("everybody may connect to {path} (mode {mode:04o})"),
            format!("chmod o-rwx {path}, and SocketMode= in the socket's unit"),
        )),
        Some((true, _)) => None,
    }
}

/// The verdict on what came back. A refusal is the affair of the permissions.
pub fn answered(ipc: &Path, answer: &Result<DoctorAnswer, Error>) -> Option<Check> {
    let ipc = ipc.display();
    let problem = |detail: String, remedy: &str| Some(Check::problem(AREA, detail, remedy));
    match answer {
        Ok(_) => Some(Check::ok(AREA, format!("ipcd answers at {ipc}"))),
        Err(Error::Unreachable { cause, .. }) => match cause.kind() {
            // Said of the file already.
            ErrorKind::NotFound | ErrorKind::PermissionDenied => None,
            _ => problem(format!("nobody listens at {ipc}: {cause}"), START),
        },
        Err(Error::Answered(_)) => None,
        Err(error) => problem(
            format!("ipcd does not answer as it should: {error}"),
            "its log says why: journalctl -u bunbase-ipcd, or the terminal of \"bunbase up\"",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::{Verdict, verdicts};

    fn checks(file: Option<(bool, u32)>) -> Vec<Verdict> {
        verdicts(&files(&[Found { path: "/x/ipc.sock".into(), file }]))
    }

    fn kept(kind: ErrorKind) -> Option<Check> {
        let socket = PathBuf::from("/x/ipc.sock");
        answered(&socket.clone(), &Err(Error::Unreachable { socket, cause: kind.into() }))
    }

    #[test]
    fn a_socket_that_is_missing_no_socket_or_open_to_everybody_is_a_problem() {
        assert!(checks(Some((true, 0o660))).is_empty() && checks(Some((true, 0o600))).is_empty());
        for bad in [None, Some((false, 0o600)), Some((true, 0o666)), Some((true, 0o662))] {
            assert_eq!(checks(bad), [Verdict::Problem], "{bad:?}");
        }
    }

    #[test]
    fn a_socket_that_was_left_behind_is_a_problem_and_a_missing_one_is_said_once() {
        assert_eq!(kept(ErrorKind::ConnectionRefused).unwrap().verdict, Verdict::Problem);
        assert_eq!(kept(ErrorKind::NotFound), None);
    }
}
