//! Linux capabilities: none in any set of a worker, see capabilities(7).

use std::io::{Error, Result};

use caps::errors::CapsError;
use caps::{CapSet, Capability, CapsHashSet};

/// What a zygote needs, in its own user namespace: new process namespaces and another root, users for its workers, and to
/// empty its bounding set.
const ZYGOTE: [Capability; 4] = [
    Capability::CAP_SYS_ADMIN,
    Capability::CAP_SETUID,
    Capability::CAP_SETGID,
    Capability::CAP_SETPCAP,
];

/// Leaves a zygote what it needs: the exec that follows takes everything else away.
pub(crate) fn keep_for_zygote() -> Result<()> {
    bound_by(|capability| !ZYGOTE.contains(&capability))
}

/// Empties the ambient, bounding, inheritable, effective and permitted sets.
///
/// The bounding set is what would give uid 0 its capabilities back at exec; only who holds CAP_SETPCAP can
/// empty it, and who holds nothing has nothing to lose.
pub(crate) fn drop_all() -> Result<()> {
    caps::clear(None, CapSet::Ambient).map_err(os_error)?;
    for set in [CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
        caps::clear(None, set).map_err(os_error)?;
    }
    Ok(())
}

/// Empties the bounding set, which whoever is forked from here has from it.
pub(crate) fn seal() -> Result<()> {
    bound_by(|_| true)
}

fn bound_by(is_dropped: impl Fn(Capability) -> bool) -> Result<()> {
    if caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP).map_err(os_error)? {
        for capability in bounding()?.into_iter().filter(|capability| is_dropped(*capability)) {
            caps::drop(None, CapSet::Bounding, capability).map_err(os_error)?;
        }
    }
    Ok(())
}

/// What this kernel knows of; a name that it does not know can't be dropped.
fn bounding() -> Result<CapsHashSet> {
    caps::read(None, CapSet::Bounding).map_err(os_error)
}

/// The crate's errors are text; the errno of the call that failed last is what crosses to the parent.
fn os_error(_: CapsError) -> Error {
    Error::last_os_error()
}
