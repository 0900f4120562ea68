//! The layers of the cage, in the order in which they are put on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A layer of the cage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// A user and a group of the worker's own.
    Ids,
    /// Memory, CPU, open files, processes, file size, core dumps.
    Rlimits,
    /// Users, network, IPC, host name, mounts and processes of its own.
    Namespaces,
    /// No Linux capability in any set.
    Capabilities,
    /// Nothing executed from here on gains privileges, and nobody may trace the process.
    Privileges,
    /// No file, no TCP port, no signal to anybody outside.
    Landlock,
    /// Only the system calls of its runtime's list.
    Seccomp,
    /// Only the descriptors that the worker needs.
    Descriptors,
}

impl Layer {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Ids,
        Self::Rlimits,
        Self::Namespaces,
        Self::Capabilities,
        Self::Privileges,
        Self::Landlock,
        Self::Seccomp,
        Self::Descriptors,
    ];

    /// The layer as a word of configuration, logs and `bunbase doctor`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ids => "ids",
            Self::Rlimits => "rlimits",
            Self::Namespaces => "namespaces",
            Self::Capabilities => "capabilities",
            Self::Privileges => "privileges",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
            Self::Descriptors => "descriptors",
        }
    }

    /// What a worker can't do because of it.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ids => "a worker owns no file and no process but its own",
            Self::Rlimits => "a worker takes no more memory, files and processes than it may",
            Self::Namespaces => "a worker sees no network, no files and no other process",
            Self::Capabilities => "a worker may nothing that root may",
            Self::Privileges => "a worker gains nothing by executing, and can't be traced",
            Self::Landlock => "a worker opens no file and no TCP port, signals nobody",
            Self::Seccomp => "a worker makes no system call but those of its list",
            Self::Descriptors => "a worker inherits nothing that is open elsewhere",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Layer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|layer| layer.name() == text);
        found.ok_or_else(|| format!("{text:?} is no layer; they are {}", names()))
    }
}
