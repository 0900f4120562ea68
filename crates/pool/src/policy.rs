//! The numbers that the pool goes by.

use std::time::Duration;

use bunbase_manifest::{ByteSize, Limits, Manifest};

/// What a function's manifest says to the pool and to lease holders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Invocations in flight in one worker.
    pub concurrency: u32,
    /// Workers kept even without requests.
    pub min: u32,
    /// Workers at most.
    pub max: u32,
    /// How long a worker without work is kept.
    pub idle: Duration,
    /// What a worker may use up.
    pub limits: Limits,
    /// The largest request body.
    pub max_body: ByteSize,
    /// Requests that may wait at a holder.
    pub queue: u32,
}

/// The machine's bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Processes of workers, of all functions together, until they are reaped.
    pub workers: u32,
    /// Wishes that wait for one function.
    pub wishes: u32,
    /// How long a worker that was told to stop may take before it is killed.
    pub grace: Duration,
    /// Invocations after which a worker is replaced.
    pub invocations: u64,
    /// How old a worker gets before it is replaced.
    pub age: Duration,
}

impl From<&Manifest> for Policy {
    fn from(manifest: &Manifest) -> Self {
        let scale = &manifest.scale;
        Self {
            concurrency: scale.concurrency,
            min: scale.min,
            max: scale.max,
            idle: scale.idle.duration(),
            limits: manifest.limits.clone(),
            max_body: manifest.http.max_body,
            queue: scale.queue,
        }
    }
}
