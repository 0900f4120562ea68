//! What native code can do in the cage.

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

use bunbase_jail::Layer;

use crate::who::Who;
use crate::worker::{Setup, Worker};

const TOOLS: &str = include_str!("native.js");

/// Has machine code do this, and says what it returns; or, if it ends by that, how.
fn native(setup: &Setup, expression: &str) -> Result<String, WaitStatus> {
    let bundle = format!("{TOOLS}\nexport default () => new Response({expression})");
    let mut worker = Worker::start(setup, &bundle);
    worker
        .ask("/")
        .map(|answer| answer["body"].as_str().expect("text").to_owned())
        .map_err(|_| worker.wait())
}

fn is_refused(outcome: &Result<String, WaitStatus>) -> bool {
    matches!(outcome, Err(WaitStatus::Signaled(_, Signal::SIGSYS, _)))
}

#[test]
fn the_attacker_is_native_code() {
    for who in Who::all() {
        let setup = Setup::of(who);
        assert_eq!(native(&setup, "call(39)").as_deref(), Ok("1"));
        // mov eax, 42; ret
        assert_eq!(native(&setup, "run([0xb8, 42, 0, 0, 0, 0xc3])").as_deref(), Ok("42"));
    }
}

/// Numbers of x86-64.
const DEADLY: [(&str, &str); 26] = [
    ("ptrace", "call(101, 0)"),
    ("process_vm_readv", "call(310, 1)"),
    ("process_vm_writev", "call(311, 1)"),
    ("pidfd_open", "call(434, 1)"),
    ("unshare", "call(272, 0x10000000)"),
    ("setns", "call(308, 0)"),
    ("mount", "call(165, 0)"),
    ("chroot", "call(161, text('/'))"),
    ("bpf", "call(321, 0)"),
    ("perf_event_open", "call(298, 0)"),
    ("io_uring_setup", "call(425, 1)"),
    ("userfaultfd", "call(323, 0)"),
    ("keyctl", "call(250, 0)"),
    ("add_key", "call(248, 0)"),
    ("connect", "call(42, 0, 0, 0)"),
    ("sendmsg", "call(46, 0, 0, 0)"),
    ("setuid", "call(105, 0)"),
    ("seccomp", "call(317, 1, 0, 0)"),
    ("landlock_restrict_self", "call(446, 0)"),
    ("shmget", "call(29, 0, 4096, 0o1600)"),
    ("mq_open", "call(240, text('/x'), 0o102, 0o600)"),
    ("personality", "call(135, 0)"),
    ("a shared mapping", "call(9, 0, 4096, 3, 0x21, -1, 0)"),
    ("a raised limit", "call(302, 0, 7, ptr(Buffer.alloc(16, 1)), 0)"),
    ("a signal to a thread", "call(234, 1, 1, 9)"),
    ("x32", "call(0x40000000 + 39)"),
];

#[test]
fn a_call_that_is_not_on_the_list_ends_it() {
    let Some(who) = Who::one() else { return };
    for (what, expression) in DEADLY {
        let outcome = native(&Setup::of(who), expression);
        assert!(is_refused(&outcome), "{what}: {outcome:?}");
    }
}

#[test]
fn a_handler_of_its_own_does_not_save_it() {
    let Some(who) = Who::one() else { return };
    // rt_sigaction(SIGSYS, SIG_IGN)
    let ignoring =
        "(call(13, 31, ptr(new BigUint64Array([1n, 0x04000000n, 0n, 0n])), 0, 8), call(101, 0))";
    let outcome = native(&Setup::of(who), ignoring);
    assert!(is_refused(&outcome), "{outcome:?}");
}

#[test]
fn a_call_by_the_gate_of_32_bits_ends_it() {
    let Some(who) = Who::one() else { return };
    // mov eax, 20; int 0x80; ret
    let outcome = native(&Setup::of(who), "run([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3])");
    assert!(is_refused(&outcome), "{outcome:?}");
}

#[test]
fn without_the_filter_the_same_calls_return() {
    let Some(who) = Who::one() else { return };
    let setup = Setup::of(who).without(&[Layer::Seccomp]);
    for expression in
        ["call(272, 0)", "call(135, 0xffffffff)", "run([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3])"]
    {
        assert!(native(&setup, expression).is_ok(), "{expression}");
    }
}

/// What is answered by an error, so that libraries go on: to native code that is no more than an error, too.
#[test]
fn what_is_answered_is_not_done() {
    for (what, expression) in [
        ("socket", "call(41, 1, 1, 0)"),
        ("fork", "call(57)"),
        ("vfork", "call(58)"),
        ("clone of a process", "call(56, 17)"),
        ("clone into namespaces", "call(56, 0x10000000 | 17)"),
        ("clone3", "call(435, ptr(Buffer.alloc(88)), 88)"),
        ("execve", "call(59, text('/lib64/ld-linux-x86-64.so.2'), 0, 0)"),
        ("kill", "call(62, -1, 9)"),
        ("memfd_create", "call(319, text('x'), 0)"),
        ("prctl", "call(157, 4, 1)"),
        ("ioctl", "call(16, 0, 0x541b, ptr(Buffer.alloc(8)))"),
        ("fcntl", "call(72, 0, 4, 0)"),
        ("open", "call(2, text('/worker.js'), 0)"),
        ("openat to write", "call(257, -100, text('/worker.js'), 2)"),
        ("openat of a nameless file", "call(257, -100, text('/'), 0o20200002, 0o600)"),
        ("openat of /etc/passwd", "call(257, -100, text('/etc/passwd'), 0)"),
        ("openat above the root", "call(257, -100, text('/../../etc/passwd'), 0)"),
        ("chmod", "call(90, text('/worker.js'), 0o777)"),
        ("mkdir", "call(83, text('/x'), 0o777)"),
    ] {
        for who in Who::all() {
            assert_eq!(native(&Setup::of(who), expression).as_deref(), Ok("-1"), "{what}, {who:?}");
        }
    }
}

/// The loader is all that it could execute, by the number that its own program's descriptor had. The ticket is a guess.
const EXECUTES: &str = "(() => {
    const loader = text('/lib64/ld-linux-x86-64.so.2');
    call(3, 6);
    while (call(257, -100, loader, 0) < 6n);
    const nothing = ptr(new BigUint64Array(1)), arguments_ = ptr(new BigUint64Array([BigInt(loader), 0n]));
    return `${call(322, 6, text(''), arguments_, nothing, 0x1000, 0x1234)}`; })()";

#[test]
fn nothing_is_executed_a_second_time() {
    for who in Who::all() {
        let outcome = native(&Setup::of(who), EXECUTES);
        assert!(is_refused(&outcome), "{who:?}: {outcome:?}");
        // The twin: it becomes the loader, which has nothing to load.
        let outcome = native(&Setup::of(who).without(&[Layer::Seccomp]), EXECUTES);
        assert!(matches!(outcome, Err(WaitStatus::Exited(_, 1 | 127))), "{who:?}: {outcome:?}");
    }
}

#[test]
fn address_space_has_a_bound_in_the_kernel() {
    let mapping = "call(9, 0, 64 * 2 ** 30, 3, 0x4022, -1, 0) > 0n";
    for who in Who::all() {
        assert_eq!(native(&Setup::of(who), mapping).as_deref(), Ok("false"));
        let without = Setup::of(who).without(&[Layer::Rlimits]);
        assert_eq!(native(&without, mapping).as_deref(), Ok("true"));
    }
}
