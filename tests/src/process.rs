//! What the kernel says of a process.

use std::fs;

use nix::unistd::Pid;

use crate::binary;

/// How many descriptors it has open; 0 if it is gone.
#[must_use]
pub fn descriptors(pid: Pid) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// The memory that it has in RAM, in KiB.
///
/// # Panics
/// When it is gone.
#[must_use]
pub fn resident_kib(pid: Pid) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Whether it is there and has not ended; one that has ended stays until its parent asks for it.
#[must_use]
pub fn is_running(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

/// The process that it would be reaped by; `None` if it is gone.
#[must_use]
pub fn parent(pid: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // A name may contain anything, a bracket too; what follows the last one is numbers.
    let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
    Some(Pid::from_raw(parent))
}

/// Every process of the machine that runs this build's `quickjs-worker`, zygotes included, and is no child of `parent`.
///
/// # Panics
/// When /proc can't be read.
#[must_use]
pub fn workers_without(parent_wanted: Pid) -> Vec<Pid> {
    let program = binary("bunbase-quickjs-worker").display().to_string();
    let all = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).map(Pid::from_raw);
    pids.filter(|pid| runs(*pid, &program))
        .filter(|pid| parent(*pid).is_some_and(|parent| parent != parent_wanted))
        .collect()
}

fn runs(pid: Pid, program: &str) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.starts_with(program.as_bytes())
}
