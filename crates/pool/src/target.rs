//! What somebody wants workers of.

use std::ops::RangeInclusive;

use bunbase_manifest::Name;

/// What is in service under a name, or one revision of it that may come into service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The function.
    pub function: Name,
    /// `None`: whatever is in service.
    pub revision: Option<u64>,
}

impl Target {
    /// What is in service under this name.
    #[must_use]
    pub fn in_service(function: Name) -> Self {
        Self { function, revision: None }
    }

    /// This revision, in service or not.
    #[must_use]
    pub fn candidate(function: Name, revision: u64) -> Self {
        Self { function, revision: Some(revision) }
    }

    /// Whether it is a candidate.
    #[must_use]
    pub fn is_candidate(&self) -> bool {
        self.revision.is_some()
    }

    /// All candidates of a function up to a revision.
    pub(crate) fn candidates_to(function: &Name, revision: u64) -> RangeInclusive<Self> {
        Self::candidate(function.clone(), 0)..=Self::candidate(function.clone(), revision)
    }
}
