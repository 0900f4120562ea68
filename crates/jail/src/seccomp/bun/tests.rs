//! The filter equals its lists: in forks that install it and make one call, each with arguments that do nothing.

use std::collections::HashMap;

use bunbase_manifest::{FileView, Runtime};
use nix::libc;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use seccompiler::BpfProgram;

use super::CALLS;
use crate::seccomp::{answered, bun_filters, install};

const NUMBERS: std::ops::Range<libc::c_long> = 0..512;
const X32: libc::c_long = 0x4000_0000;

/// uretprobe and uprobe of x86-64, which Linux lets pass all filters since 6.14. Who is not at a probe gets nothing by them.
const PROBES: [libc::c_long; 2] = [335, 336];

/// What comes of a call all of whose arguments are this: the errno, or the signal that ended who made it.
fn outcome(filters: &[BpfProgram], number: libc::c_long, argument: libc::c_long) -> WaitStatus {
    // SAFETY: the child makes system calls only.
    match unsafe { fork() }.expect("a fork") {
        ForkResult::Parent { child } => waitpid(child, None).expect("our child"),
        ForkResult::Child => {
            let installed =
                setrlimit(Resource::RLIMIT_CORE, 0, 0).is_ok() && install(filters).is_ok();
            let [a, b, c, d, e, f] = [argument; 6];
            // SAFETY: the call is one that the filter keeps from being made, and this process ends after it.
            let result = unsafe { libc::syscall(number, a, b, c, d, e, f) };
            let errno =
                if result < 0 { std::io::Error::last_os_error().raw_os_error() } else { None };
            let code = if installed { errno.unwrap_or(0) } else { 255 };
            // SAFETY: it does not return.
            unsafe { libc::_exit(code) }
        }
    }
}

fn ends(status: WaitStatus) -> bool {
    matches!(status, WaitStatus::Signaled(_, Signal::SIGSYS, _))
}

#[test]
fn every_number_that_is_on_no_list_ends_who_calls_it() {
    let filters = bun_filters(&FileView::Nothing, 1);
    let answered = answered(Runtime::Bun);
    let on_a_list = |number| {
        CALLS.iter().any(|call| call.number == number)
            || answered.iter().any(|call| call.number == number)
    };
    let foreign = NUMBERS.filter(|number| !on_a_list(*number) && !PROBES.contains(number));
    let foreign: Vec<_> = foreign.chain(NUMBERS.map(|number| number | X32)).collect();
    assert!(foreign.len() > 900);
    let survived: Vec<_> =
        foreign.into_iter().filter(|number| !ends(outcome(&filters, *number, 0))).collect();
    assert!(survived.is_empty(), "{survived:?}");
}

#[test]
fn every_rule_of_arguments_is_in_force() {
    let filters = bun_filters(&FileView::Nothing, 1);
    let answers: HashMap<_, _> =
        answered(Runtime::Bun).iter().map(|call| (call.number, call.errno)).collect();
    for call in CALLS.iter().filter(|call| !call.arguments.is_empty()) {
        // All bits set is against each of them.
        let status = outcome(&filters, call.number, -1);
        match answers.get(&call.number) {
            None => assert!(ends(status), "{}: {status:?}", call.name),
            Some(errno) => assert!(
                matches!(status, WaitStatus::Exited(_, code) if code == *errno),
                "{}: {status:?}",
                call.name
            ),
        }
    }
}

#[test]
fn each_answer_is_the_one_that_is_said() {
    let filters = bun_filters(&FileView::Nothing, 1);
    for call in answered(Runtime::Bun) {
        let status = outcome(&filters, call.number, -1);
        assert!(
            matches!(status, WaitStatus::Exited(_, code) if code == call.errno),
            "{}: {status:?}",
            call.name
        );
    }
}

#[test]
fn the_ticket_is_the_whole_number() {
    let filters = bun_filters(&FileView::Nothing, 0x1_0000_0000);
    let execveat = |ticket: u64| {
        // SAFETY: as in `outcome`; what would be executed is no program.
        match unsafe { fork() }.expect("a fork") {
            ForkResult::Parent { child } => waitpid(child, None).expect("our child"),
            ForkResult::Child => {
                let installed =
                    setrlimit(Resource::RLIMIT_CORE, 0, 0).is_ok() && install(&filters).is_ok();
                let flags = libc::AT_EMPTY_PATH;
                // SAFETY: the path is a null pointer, which the kernel refuses.
                unsafe {
                    libc::syscall(
                        libc::SYS_execveat,
                        super::PROGRAM,
                        0_usize,
                        0_usize,
                        0_usize,
                        flags,
                        ticket,
                    )
                };
                // SAFETY: it does not return.
                unsafe { libc::_exit(i32::from(!installed)) }
            }
        }
    };
    assert!(matches!(execveat(0x1_0000_0000), WaitStatus::Exited(_, 0)));
    for wrong in [0, 1, 0x1_0000_0001, 0x2_0000_0000, u64::MAX] {
        assert!(ends(execveat(wrong)), "{wrong:#x}");
    }
}
