//! Resource limits, see setrlimit(2).

use bunbase_manifest::{Limits, Runtime};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigHandler, Signal, signal};

/// What the program itself maps beside the engine's heap: text, libraries, stacks, buffers of bodies.
const OVERHEAD: u64 = 256 << 20;

/// Has writes beyond the largest file fail instead of killing: standard error may be a file. Forks inherit that.
pub(crate) fn survive_full_files() -> std::io::Result<()> {
    // SAFETY: no handler is installed.
    unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) }?;
    Ok(())
}

/// The limits of one worker.
#[derive(Debug, Clone)]
pub(crate) struct Rlimits(Vec<(Resource, u64)>);

impl Rlimits {
    /// `cpu_seconds` are those of the whole life: those of an invocation only the worker itself can tell apart.
    pub(crate) fn new(runtime: Runtime, limits: &Limits, cpu_seconds: Option<u64>) -> Self {
        let mut all = vec![
            (Resource::RLIMIT_NOFILE, u64::from(limits.files)),
            // A core dump would write secrets to disk.
            (Resource::RLIMIT_CORE, 0),
            // A worker writes no regular file.
            (Resource::RLIMIT_FSIZE, 0),
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
                (Resource::RLIMIT_AS, limits.memory.get().saturating_add(OVERHEAD)),
                // No further process or thread. The kernel does not apply this to uid 0.
                (Resource::RLIMIT_NPROC, 0),
            ]),
            // Bun reserves address space by design and runs threads: its memory is bounded elsewhere.
            Runtime::Bun => {}
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
