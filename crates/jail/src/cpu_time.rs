//! CPU time of an invocation: a timer that looks, and an end for what does not stop.
//!
//! The kernel's own limit (RLIMIT_CPU) is for a process' whole life, in seconds. So the worker says until which CPU time the code that
//! runs now may run, and a signal every [`TICK`] of CPU time, none while nothing runs, looks whether that is over. Then
//! [`is_over`] is true, and code that asks can end itself. Code that does not ask in [`PATIENCE`] ends with its process.

use std::io::{Error, Result};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};

/// CPU time between two looks. The kernel rounds it up to its own tick.
const TICK: Duration = Duration::from_millis(5);

/// What code has, beyond its time, to end by itself.
const PATIENCE: u64 = 20_000_000;

/// The exit status of who has passed a limit: what a shell shows of a process that SIGXCPU has ended.
pub const EXHAUSTED: i32 = 128 + libc::SIGXCPU;

/// No limit.
const NEVER: u64 = u64::MAX;

static UNTIL: AtomicU64 = AtomicU64::new(NEVER);
static OVER: AtomicBool = AtomicBool::new(false);
static LAST_WORDS: OnceLock<fn()> = OnceLock::new();

/// From now on the timer's signal is understood. To be called before there are forks: they have no call for it.
/// `last_words` is called in the signal's handler, before the process ends: it may make system calls and touch atomics, and nothing else.
///
/// # Errors
/// Never: the signal can be handled.
pub fn handle(last_words: fn()) -> Result<()> {
    // A second one would be the same.
    let _ = LAST_WORDS.set(last_words);
    let action = SigAction::new(SigHandler::Handler(look), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler reads a clock and atomics, and makes system calls.
    unsafe { sigaction(Signal::SIGPROF, &action) }?;
    Ok(())
}

/// Starts the timer. Forks don't inherit it.
///
/// # Errors
/// When the kernel refuses.
pub fn start() -> Result<()> {
    let tick = libc::timeval {
        tv_sec: 0,
        tv_usec: libc::suseconds_t::try_from(TICK.as_micros()).unwrap_or(libc::suseconds_t::MAX),
    };
    let timer = libc::itimerval { it_interval: tick, it_value: tick };
    // SAFETY: the kernel reads the struct, which is here, and writes nothing.
    let result =
        unsafe { libc::setitimer(libc::ITIMER_PROF, &raw const timer, std::ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

/// Nanoseconds of CPU time that this process has used.
#[must_use]
pub fn now() -> u64 {
    // It can't fail: every kernel has this clock.
    let used = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID);
    used.map_or(0, |used| used.num_nanoseconds().unsigned_abs())
}

/// What runs from now on may run until [`now`] says so much; without a number, for ever.
pub fn allow_until(nanoseconds: Option<u64>) {
    UNTIL.store(nanoseconds.unwrap_or(NEVER), Relaxed);
    OVER.store(false, Relaxed);
}

/// Whether what runs has used up its time.
#[must_use]
pub fn is_over() -> bool {
    OVER.load(Relaxed)
}

extern "C" fn look(_: libc::c_int) {
    let (now, until) = (now(), UNTIL.load(Relaxed));
    if now < until {
        return;
    }
    OVER.store(true, Relaxed);
    if now - until > PATIENCE {
        LAST_WORDS.get().into_iter().for_each(|speak| speak());
        // SAFETY: it does not return.
        unsafe { libc::_exit(EXHAUSTED) };
    }
}
