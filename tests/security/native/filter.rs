//! The filter of a QuickJS worker is its list: what is on it can be called, what is not can't.

use bunbase_attacker::Targets;
use bunbase_attacker::probe::{Gate, Probe};
use bunbase_jail::Layer;
use bunbase_jail::seccomp::calls;
use bunbase_manifest::Runtime;
use nix::libc;

use super::filtered::{Came, Filtered};

/// The bit that makes a call one of the x32 interface.
const X32: i64 = 0x4000_0000;

/// `uretprobe` and `uprobe`, which pass every filter from Linux 6.14 on: the kernel itself ends who calls them from anywhere but the
/// code that it has put there.
const PROBES: [i64; 2] = [335, 336];

/// More numbers than there are calls.
const NUMBERS: std::ops::Range<i64> = 0..512;

const SENT: usize = (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as usize;
const PRIVATE: usize = (libc::MAP_ANONYMOUS | libc::MAP_PRIVATE) as usize;
const EXEC: usize = libc::PROT_EXEC as usize;
const PROFILING: usize = libc::ITIMER_PROF as usize;
const NOWHERE: usize = usize::MAX;

/// Arguments that the filter lets through.
fn allowed(number: i64) -> [usize; 6] {
    match number {
        libc::SYS_sendto => [1, 0, 0, SENT, 0, 0],
        libc::SYS_setitimer => [PROFILING, 0, 0, 0, 0, 0],
        libc::SYS_fcntl => [0, libc::F_GETFD as usize, 0, 0, 0, 0],
        libc::SYS_mmap => [0, 4096, libc::PROT_READ as usize, PRIVATE, NOWHERE, 0],
        // Not the stream, on which it would answer.
        libc::SYS_close | libc::SYS_read => [5, 0, 0, 0, 0, 0],
        // With a time of zero, so that it does not sleep for ever.
        libc::SYS_ppoll => [0, 0, [0_u64; 2].as_ptr() as usize, 0, 0, 0],
        _ => [0; 6],
    }
}

fn is_listed(number: i64) -> bool {
    calls(Runtime::Quickjs).iter().any(|call| call.number == number)
}

#[test]
fn a_worker_has_at_most_25_system_calls() {
    let listed = calls(Runtime::Quickjs);
    assert!(listed.len() <= 25, "{} are listed", listed.len());
    assert!(listed.iter().all(|call| NUMBERS.contains(&call.number) && !call.reason.is_empty()));
}

#[test]
fn what_is_on_the_list_gets_through_and_nothing_else() {
    let mut filtered = Filtered::with(&[Layer::Seccomp]);
    // Who returns from a signal that there was not comes back as somebody else. `used` shows that it is made.
    let comes_back = |number: &i64| !PROBES.contains(number) && *number != libc::SYS_rt_sigreturn;
    for number in NUMBERS.filter(comes_back) {
        let wanted = if is_listed(number) { Came::Through } else { Came::Refused };
        assert_eq!(filtered.call(Gate::Native, number, allowed(number)), wanted, "call {number}");
    }
}

/// From the kernel they get nothing but an error or their end.
#[test]
fn the_calls_that_pass_every_filter_do_nothing() {
    let filtered = Filtered::with(&[Layer::Seccomp]);
    for number in PROBES {
        let probe = Probe { number, ..Probe::default() };
        let mut inmate = filtered.nest.fork(&[]).unwrap();
        let answer = inmate.ask("probe", &Targets { probe, ..Targets::default() });
        let said = answer.map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
        assert!(said.as_ref().map_or(true, |said| said.contains("os error")), "{number}: {said:?}");
        inmate.end();
    }
}

#[test]
fn no_call_of_another_interface_gets_through() {
    let mut filtered = Filtered::with(&[Layer::Seccomp]);
    for number in NUMBERS {
        let x32 = filtered.call(Gate::Native, number | X32, allowed(number));
        assert_eq!(x32, Came::Refused, "call {number} of x32");
        if cfg!(target_arch = "x86_64") {
            // Of another architecture: there is no handler for that.
            let old = filtered.call(Gate::Int80, number, [0; 6]);
            assert_eq!(old, Came::Killed, "call {number} by int 0x80");
        }
    }
}

/// The twin: `getpid`, in its three forms, from a process without a filter. A kernel may lack the older ones, which it says.
#[test]
fn without_a_filter_other_calls_get_through() {
    let mut open = Filtered::with(&[]);
    assert_eq!(open.call(Gate::Native, libc::SYS_getpid, [0; 6]), Came::Through);
    assert_eq!(open.call(Gate::Native, libc::SYS_getpid | X32, [0; 6]), Came::Through);
    assert_eq!(open.call(Gate::Int80, 20, [0; 6]), Came::Through);
}

/// Each rule of the list broken in one argument.
fn broken() -> Vec<(i64, [usize; 6])> {
    let change = |number: i64, index: usize, value: usize| {
        let mut arguments = allowed(number);
        arguments[index] = value;
        (number, arguments)
    };
    let of_files = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_sendto,
        libc::SYS_close,
        libc::SYS_fcntl,
        libc::SYS_pread64,
    ];
    let others = of_files.into_iter().flat_map(|number| {
        [6, 7, 200, i32::MAX.unsigned_abs() as usize, NOWHERE].map(|fd| change(number, 0, fd))
    });
    let rest = [
        change(libc::SYS_sendto, 3, 0),
        change(libc::SYS_sendto, 3, libc::MSG_NOSIGNAL as usize),
        change(libc::SYS_sendto, 3, SENT | libc::MSG_OOB as usize),
        change(libc::SYS_sendto, 3, SENT | libc::MSG_FASTOPEN as usize),
        change(libc::SYS_sendto, 5, 16),
        change(libc::SYS_setitimer, 0, libc::ITIMER_REAL as usize),
        change(libc::SYS_setitimer, 0, libc::ITIMER_VIRTUAL as usize),
        change(libc::SYS_setitimer, 0, PROFILING + 1),
        change(libc::SYS_mmap, 2, EXEC),
        change(libc::SYS_mmap, 2, EXEC | libc::PROT_READ as usize),
        change(libc::SYS_mmap, 2, EXEC | libc::PROT_WRITE as usize),
        change(libc::SYS_mmap, 3, libc::MAP_PRIVATE as usize),
        change(libc::SYS_mmap, 3, libc::MAP_SHARED as usize),
        change(libc::SYS_mmap, 3, (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as usize),
    ];
    let duplicating = (0..=1100).filter(|command| *command != libc::F_GETFD as usize);
    let commands = duplicating.map(|command| change(libc::SYS_fcntl, 1, command));
    others.chain(rest).chain(commands).collect()
}

#[test]
fn a_call_on_the_list_with_other_arguments_is_refused() {
    let mut filtered = Filtered::with(&[Layer::Seccomp]);
    for (number, arguments) in broken() {
        let came = filtered.call(Gate::Native, number, arguments);
        assert_eq!(came, Came::Refused, "call {number} {arguments:x?}");
    }
    let ruled = calls(Runtime::Quickjs).iter().filter(|call| !call.arguments.is_empty());
    for call in ruled {
        let is_broken = broken().iter().any(|(number, _)| *number == call.number);
        assert!(is_broken, "no rule of {} was broken", call.name);
    }
}

/// The twin: it is the rule that refuses them, not the kernel.
#[test]
fn without_a_filter_other_arguments_get_through() {
    let mut open = Filtered::with(&[]);
    let arguments = [0, 4096, EXEC | libc::PROT_READ as usize, PRIVATE, NOWHERE, 0];
    assert_eq!(open.call(Gate::Native, libc::SYS_mmap, arguments), Came::Through);
    let arguments = [0, libc::F_DUPFD as usize, 0, 0, 0, 0];
    assert_eq!(open.call(Gate::Native, libc::SYS_fcntl, arguments), Came::Through);
}
