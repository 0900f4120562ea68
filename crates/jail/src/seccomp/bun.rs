//! What Bun does.

use super::policy::Call;

/// Bun functions are not run yet; a worker of theirs may do nothing.
pub(super) const CALLS: &[Call] = &[];
