//! The layers, in the order in which they are put on.

use std::io::Write;

use bunbase_manifest::{Limits, Runtime};

use crate::{capabilities, descriptors, privileges, rlimits};

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
    rlimits: rlimits::Rlimits,
    without: Option<Layer>,
}

impl Cage {
    /// The cage for a function with these limits.
    #[must_use]
    pub fn new(runtime: Runtime, limits: &Limits) -> Self {
        Self { rlimits: rlimits::Rlimits::new(runtime, limits), without: None }
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

    fn put_on(&self, layer: Layer) -> std::io::Result<()> {
        match layer {
            Layer::Rlimits => self.rlimits.apply(),
            Layer::Capabilities => capabilities::drop_all(),
            Layer::Privileges => privileges::renounce(),
            Layer::Descriptors => descriptors::close_others(),
        }
    }
}

/// Only an errno gets from the child to the parent; which layer it was, standard error has to say.
fn tell(layer: Layer, error: &std::io::Error) {
    // A failure to tell must not hide the failure that is told.
    let _ = writeln!(std::io::stderr(), "bunbase-jail: layer {}: {error}", layer.name());
}
