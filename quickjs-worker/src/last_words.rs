//! What the host is told by a process that ends in the middle of native code, which nothing else interrupts: by a signal's handler, or
//! by the allocator. Nothing here takes memory.

use std::io::stdout;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use bunbase_jail::decimal;
use nix::unistd::write;

static RUNNING: AtomicU64 = AtomicU64::new(NOBODY);
static IS_LOADING: AtomicBool = AtomicBool::new(false);
static IS_BETWEEN_LINES: AtomicBool = AtomicBool::new(true);

const NOBODY: u64 = u64::MAX;

/// Places for a number.
const DIGITS: usize = 20;

/// Of a line.
const LONGEST: usize = 160;

/// From now on code runs for this invocation, or for none.
pub fn running(id: Option<u64>) {
    RUNNING.store(id.unwrap_or(NOBODY), Relaxed);
}

/// The module is being loaded: whatever fails is the worker's failure. Or that is over.
pub fn loading(is_loading: bool) {
    IS_LOADING.store(is_loading, Relaxed);
}

/// Whether what has been written to the host ends with a line.
pub fn wrote_whole_lines(whole: bool) {
    IS_BETWEEN_LINES.store(whole, Relaxed);
}

/// Says that a limit has been passed, of which this is the code. Nothing, where nobody would understand it: in the middle of a line, or
/// while others are in flight and what runs is nobody's.
pub fn passed(code: &str) {
    let id = RUNNING.load(Relaxed);
    let speaks = id != NOBODY || IS_LOADING.load(Relaxed);
    if !speaks || !IS_BETWEEN_LINES.load(Relaxed) {
        return;
    }
    let mut number = [b' '; DIGITS];
    decimal(id, &mut number);
    let of = if id == NOBODY { [&b""[..], b""] } else { [&b",\"id\":"[..], &number[..]] };
    let parts = [
        b"{\"type\":\"error\",\"message\":\"a limit was passed in native code\",\"code\":\"",
        code.as_bytes(),
        b"\"",
        of[0],
        of[1],
        b"}\n",
    ];
    let (mut line, mut length) = ([0; LONGEST], 0);
    for part in parts {
        line[length..length + part.len()].copy_from_slice(part);
        length += part.len();
    }
    // Who does not read them does without.
    let _ = write(stdout(), &line[..length]);
}
