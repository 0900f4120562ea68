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
}

impl FromStr for Layer {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let all = Self::ALL.map(Self::name);
        let found = Self::ALL.into_iter().find(|layer| layer.name() == word);
        found.ok_or_else(|| format!("{word:?} is not one of {}", all.join(", ")))
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
