//! What has happened, and when.

use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// Lines that are shown of a world that has failed.
const SHOWN: usize = 60;

/// All that happened in one world, in its order.
#[derive(Debug)]
pub struct History {
    begun: Instant,
    lines: RefCell<Vec<(Duration, String)>>,
}

impl History {
    /// One that begins now.
    pub fn new() -> Self {
        Self { begun: Instant::now(), lines: RefCell::default() }
    }

    /// This has happened.
    pub fn note(&self, what: String) {
        self.lines.borrow_mut().push((self.begun.elapsed(), what));
    }

    /// All of it.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.lines.borrow();
        lines.iter().map(|(at, what)| format!("{:>9.3} {what}", at.as_secs_f64())).collect()
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        let shown = if std::env::var_os("ALL").is_some() { lines.len() } else { SHOWN };
        lines
            .iter()
            .skip(lines.len().saturating_sub(shown))
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}
