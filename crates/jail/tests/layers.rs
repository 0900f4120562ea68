//! Each layer stops what it is there for; with the layer left out, the same thing gets through.

#![allow(clippy::unwrap_used, reason = "in a test that is an assertion")]

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use bunbase_jail::{Cage, Files, Layer, worker};
use bunbase_manifest::{Limits, Runtime};

fn cage() -> Cage {
    Cage::new(Runtime::Quickjs, &Limits { files: 16, ..Limits::default() })
}

/// An empty bundle.
fn files() -> Files {
    Files { bundle: tempfile::tempfile().unwrap().into(), source_map: None, bytecode: None }
}

/// What `sh -c SCRIPT` writes to its stream inside of a cage. The bundle is an empty file.
fn said(cage: &Cage, script: &str) -> String {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    ours.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut command = worker(cage, Path::new("/bin/sh"), theirs.into(), &files()).unwrap();
    let mut child = command.args(["-c", script]).spawn().unwrap();
    // The command holds the other end of the stream, too.
    drop(command);
    let mut text = String::new();
    ours.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text
}

/// A field of /proc/self/status, by the shell alone: it must not need another process.
fn status_field(cage: &Cage, field: &str) -> String {
    let script = format!(
        "while read name value; do [ \"$name\" = {field}: ] && echo $value; done </proc/self/status"
    );
    said(cage, &script).trim().to_owned()
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").unwrap().contains("\nUid:\t0\t")
}

#[test]
fn capabilities_are_gone_from_every_set_and_only_because_of_their_layer() {
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(status_field(&cage(), set), "0000000000000000", "{set}");
    }
    if is_root() {
        assert_eq!(status_field(&cage(), "CapBnd"), "0000000000000000");
        let without = cage().without(Layer::Capabilities);
        assert_ne!(status_field(&without, "CapEff"), "0000000000000000");
    }
}

#[test]
fn no_new_privileges_are_gained_and_only_because_of_their_layer() {
    assert_eq!(status_field(&cage(), "NoNewPrivs"), "1");
    assert_eq!(status_field(&cage().without(Layer::Privileges), "NoNewPrivs"), "0");
}

#[test]
fn limits_are_hard_and_only_because_of_their_layer() {
    let script = "ulimit -n; ulimit -c; ulimit -f";
    assert_eq!(said(&cage(), script), "16\n0\n0\n");
    assert_ne!(said(&cage().without(Layer::Rlimits), script), "16\n0\n0\n");
    assert_eq!(said(&cage(), "ulimit -n 17 2>/dev/null || echo refused"), "refused\n");
}

/// A descriptor that somebody forgot to mark close-on-exec.
#[test]
fn foreign_descriptors_are_closed_and_only_because_of_their_layer() {
    use nix::fcntl::{FcntlArg, fcntl};
    let secret = tempfile::tempfile().unwrap();
    let leaked = fcntl(&secret, FcntlArg::F_DUPFD(9)).unwrap();
    let script = format!("if [ -e /proc/self/fd/{leaked} ]; then echo open; else echo closed; fi");
    assert_eq!(said(&cage(), &script), "closed\n");
    assert_eq!(said(&cage().without(Layer::Descriptors), &script), "open\n");
}

#[test]
fn the_environment_is_empty_the_folder_is_the_root_and_files_are_private() {
    let script = "pwd; umask; while read -r _; do echo set; done </dev/null; echo \"${HOME-unset} ${CARGO_HOME-unset}\"";
    assert_eq!(said(&cage(), script), "/\n0077\nunset unset\n");
}

#[test]
fn a_program_that_is_not_there_is_an_error_and_no_worker() {
    let (_ours, theirs) = UnixStream::pair().unwrap();
    let mut command = worker(&cage(), Path::new("/nonexistent"), theirs.into(), &files()).unwrap();
    assert_eq!(command.spawn().unwrap_err().kind(), std::io::ErrorKind::NotFound);
}
