//! CPU time: who has used how much, and until when the code that runs may run.

use std::cell::Cell;
use std::time::{Duration, Instant};

use bunbase_jail::cpu_time;

use crate::last_words;

/// What a stretch does behind its answer is looked at by itself if it takes longer. To read the clock of CPU time is a system call, of 0.4 µs:
/// a twentieth of what a small request costs.
const NEGLIGIBLE: Duration = Duration::from_micros(20);

/// What an invocation may use, and when the clock was last read.
#[derive(Debug, Default)]
pub struct Cpu {
    limit: Cell<Option<u64>>,
    /// Used since the last invocation began, by what no invocation waits for.
    background: Cell<u64>,
    read_at: Cell<u64>,
    /// When that was, if it was since code began to run.
    read: Cell<Option<Instant>>,
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
        last_words::running(id);
        self.read.set(None);
        let left = self.limit.get().map(|limit| limit.saturating_sub(used));
        cpu_time::allow_until(left.map(|left| self.read_at.get() + left));
    }

    /// Nanoseconds since this was asked last.
    pub fn spent(&self) -> u64 {
        let now = cpu_time::now();
        self.read.set(Some(Instant::now()));
        now - self.read_at.replace(now)
    }

    /// Whether the clock was read so short a time ago that what was used since may be put on the next account.
    pub fn is_fresh(&self) -> bool {
        self.read.get().is_some_and(|read| read.elapsed() < NEGLIGIBLE)
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
