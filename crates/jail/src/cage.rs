//! What confines one worker.

use std::io::{Result, Write};

use bunbase_manifest::{Capabilities, View};
use nix::unistd::{Pid, setpgid};
use serde::{Deserialize, Serialize};

use crate::landlock::Needed;
use crate::rlimits::Rlimits;
use crate::{Layer, Uids, capabilities, ids, landlock, precedence, privileges, seccomp};

/// What confines one worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cage {
    pub(crate) capabilities: Capabilities,
    /// Its place in the range of users, see [`crate::Uids`].
    pub(crate) place: u32,
    /// CPU seconds of its whole life.
    pub(crate) cpu_seconds: Option<u64>,
    pub(crate) without: Vec<Layer>,
    /// It computes behind all others.
    pub(crate) behind: bool,
}

/// What it takes to execute a program in a cage that is on already.
#[derive(Debug)]
pub(crate) struct Exec {
    pub(crate) needed: Vec<Needed>,
    /// The number that must come with the exec, see [`crate::seccomp::Argument::Ticket`].
    pub(crate) ticket: u64,
}

impl Cage {
    /// The cage for a function with these capabilities; its user is the one in this place of the range.
    #[must_use]
    pub fn new(capabilities: Capabilities, place: u32) -> Self {
        Self { capabilities, place, cpu_seconds: None, without: Vec::new(), behind: false }
    }

    /// The same for a process that ends after so much CPU time.
    #[must_use]
    pub fn for_seconds(self, cpu_seconds: u64) -> Self {
        Self { cpu_seconds: Some(cpu_seconds), ..self }
    }

    /// The same for a process that computes behind all others, or among them.
    #[must_use]
    pub fn behind(self, behind: bool) -> Self {
        Self { behind, ..self }
    }

    /// The same cage with these layers left out: because the kernel has none and the operator accepts it, or for the
    /// tests which show that the layer is what stops something.
    #[must_use]
    pub fn without(mut self, layers: &[Layer]) -> Self {
        self.without.extend(layers);
        self
    }

    /// What it lets a worker see, which is its zygote's to have.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.capabilities.view
    }

    /// The place in the range of users.
    #[must_use]
    pub fn place(&self) -> u32 {
        self.place
    }

    /// The number that its namespace has for the user it is to be: counted from the namespace's own root.
    pub(crate) fn user(&self, uids: Option<Uids>) -> Option<u32> {
        let from = |uids: Uids| if self.has(Layer::Namespaces) { 0 } else { uids.first };
        uids.map(|uids| from(uids) + 1 + self.place)
    }

    pub(crate) fn has(&self, layer: Layer) -> bool {
        !self.without.contains(&layer)
    }

    /// Confines the calling process, which a zygote has just forked and whose descriptors are in their places.
    /// `user` is who it becomes, by the number that its namespace has for it.
    pub(crate) fn confine_fork(&self, user: Option<u32>) -> Result<()> {
        self.confine(user, None)
    }

    /// Confines the calling process, which is about to execute a program.
    pub(crate) fn confine_exec(&self, user: Option<u32>, exec: &Exec) -> Result<()> {
        self.confine(user, Some(exec))
    }

    fn confine(&self, user: Option<u32>, exec: Option<&Exec>) -> Result<()> {
        setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
        if self.behind {
            precedence::step_back()?;
        }
        for layer in Layer::ALL.into_iter().filter(|layer| self.has(*layer)) {
            self.put_on(layer, user, exec).inspect_err(|error| tell(layer, error))?;
        }
        Ok(())
    }

    fn put_on(&self, layer: Layer, user: Option<u32>, exec: Option<&Exec>) -> Result<()> {
        let view = &self.capabilities.view;
        match layer {
            Layer::Ids => user.map_or(Ok(()), ids::become_user),
            Layer::Rlimits => Rlimits::new(&self.capabilities, self.cpu_seconds).apply(),
            Layer::Capabilities => capabilities::drop_all(),
            Layer::Privileges => privileges::give_up(self.capabilities.runtime),
            Layer::Landlock => landlock::restrict(view, exec.map_or(&[], |exec| &exec.needed)),
            Layer::Seccomp => match exec {
                None => seccomp::apply(),
                Some(exec) => seccomp::apply_to_bun(&view.files, exec.ticket),
            },
            // Whoever forked it has put on the one or both.
            Layer::Namespaces | Layer::Descriptors => Ok(()),
        }
    }
}

/// Only an errno gets from the child to the parent; which layer it was, standard error has to say.
pub(crate) fn tell(layer: Layer, error: &std::io::Error) {
    // A failure to tell must not hide the failure that is told.
    let _ = writeln!(std::io::stderr(), "bunbase-jail: layer {layer}: {error}");
}
