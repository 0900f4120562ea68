//! CPU time: who has used how much, and until when the code that runs may run.

use std::cell::Cell;
use std::io::stdout;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use bunbase_jail::cpu_time;
use nix::unistd::write;

/// For the last words of a process that does not stop, which a signal's handler says.
static RUNNING: AtomicU64 = AtomicU64::new(NOBODY);
static IS_BETWEEN_LINES: AtomicBool = AtomicBool::new(true);

const NOBODY: u64 = u64::MAX;

/// What an invocation may use, and when the clock was last read.
#[derive(Debug, Default)]
pub struct Cpu {
    limit: Cell<Option<u64>>,
    /// Used since the last invocation began, by what no invocation waits for.
    background: Cell<u64>,
    read_at: Cell<u64>,
}

impl Cpu {
    /// An invocation may use so many milliseconds; 0 for as much as there is. In a fork the clock has begun anew.
    pub fn limit(&self, ms: u64) {
        self.read_at.set(cpu_time::now());
        self.limit.set(Some(ms.saturating_mul(1_000_000)).filter(|limit| *limit > 0));
    }

    /// The limit in words.
    pub fn describe_limit(&self) -> String {
        let ms = self.limit.get().unwrap_or_default() / 1_000_000;
        format!("out of CPU time: the limit is {ms} ms")
    }

    /// Code begins to run for an invocation that has used so many nanoseconds, or for none.
    pub fn begin(&self, invocation: Option<(u64, u64)>) {
        let id = invocation.map(|(id, _)| id);
        let used = invocation.map_or(self.background.get(), |(_, used)| used);
        RUNNING.store(id.unwrap_or(NOBODY), Relaxed);
        let left = self.limit.get().map(|limit| limit.saturating_sub(used));
        cpu_time::allow_until(left.map(|left| self.read_at.get() + left));
    }

    /// Nanoseconds since this was asked last.
    pub fn spent(&self) -> u64 {
        let now = cpu_time::now();
        now - self.read_at.replace(now)
    }

    /// So much was used by what no invocation waits for.
    pub fn charge_background(&self, nanoseconds: u64) {
        self.background.set(self.background.get() + nanoseconds);
    }

    /// An invocation begins: what goes on behind it has its time anew.
    pub fn forget_background(&self) {
        self.background.set(0);
    }

    /// Nothing runs any more.
    pub fn end(&self) {
        cpu_time::allow_until(None);
    }
}

/// Whether what has been written to the host ends with a line.
pub fn wrote_whole_lines(whole: bool) {
    IS_BETWEEN_LINES.store(whole, Relaxed);
}

/// What the host is told by a process that is ended in the middle of native code, which nothing else interrupts.
pub fn last_words() {
    let id = RUNNING.load(Relaxed);
    if id == NOBODY || !IS_BETWEEN_LINES.load(Relaxed) {
        return;
    }
    let mut line = *br#"{"type":"error","code":"cpu_time","message":"out of CPU time, in native code","id":                    }"#;
    let room = line.len() - 21;
    digits(id, &mut line[room..room + 20]);
    let newline = [line.as_slice(), b"\n"];
    for part in newline {
        // Who does not read them does without.
        let _ = write(stdout(), part);
    }
}

/// At the right, without the allocator that may have been interrupted.
fn digits(mut number: u64, room: &mut [u8]) {
    for place in room.iter_mut().rev() {
        *place = b'0' + (number % 10).to_le_bytes()[0];
        number /= 10;
        if number == 0 {
            return;
        }
    }
}
