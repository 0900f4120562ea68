//! The layers, in the order in which they are put on.

use std::io::Write;

use bunbase_manifest::{Limits, Runtime};
use nix::unistd::{Pid, setpgid};

use crate::rlimits::Rlimits;
use crate::{capabilities, descriptors, privileges};

/// A layer of the cage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Memory, open files, processes, file size, core dumps.
    Rlimits,
    /// No Linux capability in any set.
    Capabilities,
    /// Nothing executed from here on gains privileges, and nobody may trace the process.
    Privileges,
    /// Only the descriptors that the worker needs.
    Descriptors,
}

impl Layer {
    /// All of them, in order.
    pub const ALL: [Self; 4] =
        [Self::Rlimits, Self::Capabilities, Self::Privileges, Self::Descriptors];

    fn name(self) -> &'static str {
        match self {
            Self::Rlimits => "rlimits",
            Self::Capabilities => "capabilities",
            Self::Privileges => "privileges",
            Self::Descriptors => "descriptors",
        }
    }
}

/// What confines one worker.
#[derive(Debug, Clone)]
pub struct Cage {
    runtime: Runtime,
    limits: Limits,
    without: Option<Layer>,
}

impl Cage {
    /// The cage for a function with these limits.
    #[must_use]
    pub fn new(runtime: Runtime, limits: &Limits) -> Self {
        Self { runtime, limits: limits.clone(), without: None }
    }

    /// The cage for a zygote: what differs from worker to worker is put on in each of them.
    pub(crate) fn of_zygote() -> Self {
        Self::new(Runtime::Quickjs, &Limits::default()).without(Layer::Rlimits)
    }

    /// What [`Cage::new`] was told.
    pub(crate) fn terms(&self) -> (Runtime, Limits) {
        (self.runtime, self.limits.clone())
    }

    /// The same cage with one layer left out: for the tests which show that the layer is what stops something.
    #[must_use]
    pub fn without(self, layer: Layer) -> Self {
        Self { without: Some(layer), ..self }
    }

    /// Confines the calling process. Runs in the child between fork and exec.
    pub(crate) fn confine(&self) -> std::io::Result<()> {
        for layer in Layer::ALL.into_iter().filter(|layer| Some(*layer) != self.without) {
            self.put_on(layer).inspect_err(|error| tell(layer, error))?;
        }
        Ok(())
    }

    /// Confines the calling process, which a zygote has just forked and whose descriptors are in their places.
    pub(crate) fn confine_fork(&self) -> std::io::Result<()> {
        setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
        let closed = Self { without: Some(Layer::Descriptors), ..self.clone() };
        closed.confine()
    }

    fn put_on(&self, layer: Layer) -> std::io::Result<()> {
        match layer {
            Layer::Rlimits => Rlimits::new(self.runtime, &self.limits).apply(),
            Layer::Capabilities => capabilities::drop_all(),
            Layer::Privileges => privileges::renounce(),
            Layer::Descriptors => descriptors::close_others_at_exec(),
        }
    }
}

/// Only an errno gets from the child to the parent; which layer it was, standard error has to say.
fn tell(layer: Layer, error: &std::io::Error) {
    // A failure to tell must not hide the failure that is told.
    let _ = writeln!(std::io::stderr(), "bunbase-jail: layer {}: {error}", layer.name());
}
