//! Resource limits, see setrlimit(2).

use bunbase_manifest::{Capabilities, Runtime};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigHandler, Signal, signal};

/// What the program maps: text, libraries, stacks, what it has shared with its zygote.
const PROGRAM: u64 = 32 << 20;

/// The largest body that is taken or given whole.
const LARGEST_BODY: u64 = 16 << 20;

/// What a worker with so much memory may take beside that for buffers: of a body in the engine there are two copies on its way, and
/// windows of others.
#[must_use]
pub fn buffers(memory: u64) -> u64 {
    2 * memory.min(LARGEST_BODY) + (8 << 20)
}

/// What a worker with so much memory may map. Malloc has holes: a half more.
fn mapped(memory: u64) -> u64 {
    memory.saturating_add(memory / 2).saturating_add(buffers(memory) + PROGRAM)
}

/// Has writes beyond the largest file fail instead of killing: standard error may be a file. Forks inherit that.
pub(crate) fn survive_full_files() -> std::io::Result<()> {
    // SAFETY: no handler is installed.
    unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) }?;
    Ok(())
}

/// Of files that may be written; where none may, they may not grow at all.
const LARGEST_FILE: u64 = 1 << 30;

/// What Bun maps and never fills: with less it does without its compiler (at 2 GiB), or does not start (at 200 MiB).
const BUN_RESERVES: u64 = 3 << 30;

/// It takes 12 by itself; each Worker that a function makes takes some.
const BUN_THREADS: u64 = 64;

/// The limits of one worker.
#[derive(Debug, Clone)]
pub(crate) struct Rlimits(Vec<(Resource, u64)>);

impl Rlimits {
    /// `cpu_seconds` are those of the whole life: those of an invocation only the worker itself can tell apart.
    pub(crate) fn new(capabilities: &Capabilities, cpu_seconds: Option<u64>) -> Self {
        let Capabilities { runtime, limits, view } = capabilities;
        let writes = view.files.paths().any(|(_, is_written)| is_written);
        let mut all = vec![
            (Resource::RLIMIT_NOFILE, u64::from(limits.files)),
            // A core dump would write secrets to disk.
            (Resource::RLIMIT_CORE, 0),
            (Resource::RLIMIT_FSIZE, if writes { LARGEST_FILE } else { 0 }),
            // No POSIX message queues, which would outlive the worker.
            (Resource::RLIMIT_MSGQUEUE, 0),
            (Resource::RLIMIT_MEMLOCK, 0),
            // No precedence over others.
            (Resource::RLIMIT_NICE, 0),
            (Resource::RLIMIT_RTPRIO, 0),
        ];
        all.extend(cpu_seconds.map(|seconds| (Resource::RLIMIT_CPU, seconds)));
        match runtime {
            Runtime::Quickjs => all.extend([
                (Resource::RLIMIT_AS, mapped(limits.memory.get())),
                // No further process or thread. The kernel does not apply this to uid 0.
                (Resource::RLIMIT_NPROC, 0),
            ]),
            // What it fills of its memory is bounded elsewhere, see `memory`.
            Runtime::Bun => all.extend([
                (Resource::RLIMIT_DATA, limits.memory.get().saturating_add(BUN_RESERVES)),
                (Resource::RLIMIT_NPROC, BUN_THREADS),
            ]),
        }
        Self(all)
    }

    /// Sets soft and hard limits alike: nothing can be raised again. Never above what is in force.
    pub(crate) fn apply(&self) -> std::io::Result<()> {
        for (resource, wanted) in &self.0 {
            let (_, hard) = getrlimit(*resource)?;
            let value = (*wanted).min(hard);
            setrlimit(*resource, value, value)?;
        }
        Ok(())
    }
}
