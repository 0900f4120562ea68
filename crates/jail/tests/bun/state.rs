//! What the process is, seen from outside.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::who::Who;
use crate::worker::{Setup, Worker, bun, open_folder};

const HELLO: &str = "export default () => new Response('hello')";

fn running(setup: &Setup) -> (Worker, String) {
    let mut worker = Worker::start(setup, HELLO);
    assert_eq!(worker.text("/"), "hello");
    let proc = format!("/proc/{}", worker.pid);
    (worker, proc)
}

#[test]
fn it_has_no_privilege_and_hard_limits() {
    for who in Who::all() {
        let (_worker, proc) = running(&Setup::of(who));
        let status = fs::read_to_string(format!("{proc}/status")).expect("a process");
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert!(
                status.contains(&format!("{set}:\t0000000000000000")),
                "{set}, {who:?}: {status}"
            );
        }
        assert!(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"), "{status}");
        let uid = Setup::of(who).worker_uid();
        assert!(status.contains(&format!("Uid:\t{uid}\t{uid}\t{uid}\t{uid}")), "{status}");
        let numbers = status.lines().find(|line| line.starts_with("NSpid:")).expect("a line");
        assert!(numbers.ends_with("\t1"), "{numbers}");
        let limits = fs::read_to_string(format!("{proc}/limits")).expect("a process");
        for (name, value) in [
            ("Max core file size", "0"),
            ("Max open files", "64"),
            ("Max processes", "64"),
            ("Max file size", "0"),
        ] {
            let line = limits.lines().find(|line| line.starts_with(name)).expect("a line");
            let mut values = line[name.len()..].split_whitespace();
            assert_eq!((values.next(), values.next()), (Some(value), Some(value)), "{line}");
        }
    }
}

#[test]
fn it_has_inherited_nothing() {
    for who in Who::all() {
        let (_worker, proc) = running(&Setup::of(who));
        assert_eq!(fs::read(format!("{proc}/environ")).expect("a process"), b"", "{who:?}");
        let open = fs::read_dir(format!("{proc}/fd")).expect("a process");
        let open = open.map(|entry| entry.expect("an entry").path());
        let files =
            open.filter_map(|path| fs::read_link(path).ok()).map(|to| to.display().to_string());
        let foreign: Vec<_> = files
            .filter(|to| {
                !["socket:", "pipe:", "anon_inode:", "/tmp/#", "/proc/self/"]
                    .iter()
                    .any(|own| to.starts_with(own))
            })
            .collect();
        assert!(foreign.is_empty(), "{who:?}: {foreign:?}");
        // Namespaces that nobody else is in.
        for kind in ["user", "net", "ipc", "uts", "mnt", "pid"] {
            let of = |proc: &str| fs::read_link(format!("{proc}/ns/{kind}")).expect("a namespace");
            assert_ne!(of(&proc), of("/proc/self"), "{kind}");
        }
    }
}

#[test]
fn two_workers_share_no_namespace() {
    for who in Who::all() {
        let ((_one, one), (_two, two)) = (running(&Setup::of(who)), running(&Setup::of(who)));
        for kind in ["user", "net", "ipc", "uts", "mnt", "pid"] {
            let of = |proc: &str| fs::read_link(format!("{proc}/ns/{kind}")).expect("a namespace");
            assert_ne!(of(&one), of(&two), "{kind}");
        }
    }
}

/// To whom a process's files in /proc belong shows whether it is dumpable.
#[test]
fn a_program_that_its_user_can_execute_but_not_read_stays_undumpable() {
    if !Who::all().contains(&Who::Root) {
        return;
    }
    let folder = open_folder();
    let copy = folder.path().join("bun");
    fs::copy(bun(), &copy).expect("our folder");
    let setup = Setup { bun: copy.clone(), ..Setup::of(Who::Root) };
    let owner = |proc: &str| fs::metadata(format!("{proc}/environ")).expect("a process").uid();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o711)).expect("our file");
    assert_eq!(owner(&running(&setup).1), 0);
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).expect("our file");
    assert_eq!(owner(&running(&setup).1), setup.worker_uid());
}
