//! A layer that can't be put on: no worker starts.

use std::io::{PipeWriter, Read, Write};
use std::os::fd::AsFd;

use bunbase_attacker::Targets;
use bunbase_jail::{Layer, can_be_given};
use bunbase_tests::refuse;
use nix::libc;
use nix::sys::wait::WaitStatus;
use seccompiler::apply_filter;

use super::nest::Nest;

/// A system call that fails, and what that makes impossible.
struct Case {
    number: libc::c_long,
    /// Only with this first argument.
    first: Option<i32>,
    /// The layer that says so. It is left out in the twin,
    layer: Layer,
    /// and so are the others that make this call; they are left out always.
    others: &'static [Layer],
}

const fn case(number: libc::c_long, layer: Layer) -> Case {
    Case { number, first: None, layer, others: &[] }
}

const fn prctl(first: i32, layer: Layer, others: &'static [Layer]) -> Case {
    Case { number: libc::SYS_prctl, first: Some(first), layer, others }
}

impl Case {
    const fn without(self, others: &'static [Layer]) -> Self {
        Self { others, ..self }
    }
}

/// Becoming another user is a part of two layers: entering a namespace, and leaving its root.
const IDS: [Case; 3] = [
    case(libc::SYS_setgroups, Layer::Ids).without(&[Layer::Namespaces]),
    case(libc::SYS_setresgid, Layer::Ids).without(&[Layer::Namespaces]),
    case(libc::SYS_setresuid, Layer::Ids).without(&[Layer::Namespaces]),
];

const CASES: [Case; 14] = [
    case(libc::SYS_prlimit64, Layer::Rlimits),
    case(libc::SYS_unshare, Layer::Namespaces),
    case(libc::SYS_mount, Layer::Namespaces),
    case(libc::SYS_pivot_root, Layer::Namespaces),
    case(libc::SYS_umount2, Layer::Namespaces),
    case(libc::SYS_capset, Layer::Capabilities),
    prctl(libc::PR_CAPBSET_DROP, Layer::Capabilities, &[]),
    prctl(libc::PR_CAP_AMBIENT, Layer::Capabilities, &[]),
    // These two need it themselves.
    prctl(libc::PR_SET_NO_NEW_PRIVS, Layer::Privileges, &[Layer::Landlock, Layer::Seccomp]),
    prctl(libc::PR_SET_DUMPABLE, Layer::Privileges, &[]),
    case(libc::SYS_landlock_create_ruleset, Layer::Landlock),
    case(libc::SYS_landlock_restrict_self, Layer::Landlock),
    case(libc::SYS_seccomp, Layer::Seccomp),
    case(libc::SYS_close_range, Layer::Descriptors),
];

/// From here on, in this thread and what it starts, the call fails.
fn make_fail(case: &Case, errno: i32) {
    let filter = refuse::filter(&[(case.number, case.first)], errno.cast_unsigned());
    apply_filter(&filter).unwrap();
}

/// What has become of a worker, and what was said about it.
struct Start {
    ready: bool,
    failed: bool,
    said: String,
}

/// Starts the real worker's zygote, and has it fork a worker, where the call fails.
fn start(case: &Case, errno: i32, without: &[Layer]) -> Start {
    // A file would not do: once limits are on, nothing is written to one.
    let (mut reader, errors) = std::io::pipe().unwrap();
    let (ready, failed) = std::thread::scope(|scope| {
        let started = scope.spawn(move || {
            make_fail(case, errno);
            begin(without, errors)
        });
        started.join().unwrap()
    });
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    Start { ready, failed, said }
}

/// Whether it is ready and answers, and whether it has failed.
fn begin(without: &[Layer], errors: PipeWriter) -> (bool, bool) {
    let worker = bunbase_tests::binary("bunbase-quickjs-worker");
    let Ok(nest) = Nest::open(&worker, without, errors) else { return (false, true) };
    let mut bundle = tempfile::tempfile().unwrap();
    bundle.write_all(b"export default () => new Response('here')").unwrap();
    std::io::Seek::rewind(&mut bundle).unwrap();
    let Ok(mut inmate) = nest.fork(&[(bundle.as_fd(), 3)]) else { return (false, true) };
    match inmate.ask("", &Targets::default()) {
        Ok(response) => {
            inmate.end();
            (response.body == "here", false)
        }
        Err(_) => (false, !matches!(inmate.outcome(), WaitStatus::Exited(_, 0))),
    }
}

const ERRORS: [i32; 2] = [libc::ENOSYS, libc::EPERM];

fn fails_closed(case: &Case) {
    for errno in ERRORS {
        let Case { number, first, layer, .. } = case;
        let what = format!("call {number} {first:?} of layer {layer} with errno {errno}");
        let refused = start(case, errno, case.others);
        assert!(!refused.ready && refused.failed, "{what}: a worker has started");
        assert!(refused.said.contains(&format!("layer {layer}: ")), "{what}: {}", refused.said);
    }
}

/// The twin: who does without the layer does not need the call.
fn starts_without_it(case: &Case) {
    let without: Vec<Layer> = case.others.iter().copied().chain([case.layer]).collect();
    for errno in ERRORS {
        let Case { number, first, layer, .. } = case;
        let accepted = start(case, errno, &without);
        assert!(accepted.ready, "call {number} {first:?} without {layer}: {}", accepted.said);
    }
}

#[test]
fn a_worker_does_not_start_when_a_layer_can_not_be_put_on() {
    CASES.iter().for_each(fails_closed);
}

#[test]
fn a_worker_would_start_if_the_layer_were_left_out() {
    CASES.iter().for_each(starts_without_it);
}

#[test]
fn a_worker_does_not_start_when_it_can_not_be_another_user() {
    if can_be_given() {
        IDS.iter().for_each(fails_closed);
        IDS.iter().for_each(starts_without_it);
    }
}

/// There is no twin: the call that makes a process namespace is the one that makes the process.
#[test]
fn a_worker_does_not_start_when_it_can_not_have_a_process_namespace() {
    fails_closed(&case(libc::SYS_clone3, Layer::Namespaces));
}
