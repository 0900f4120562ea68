//! Linux capabilities: none in any set, see capabilities(7).

use std::io::Error;

use caps::errors::CapsError;
use caps::{CapSet, Capability, CapsHashSet};

/// Empties the ambient, bounding, inheritable, effective and permitted sets.
///
/// The bounding set is what would give uid 0 its capabilities back at exec; only who holds CAP_SETPCAP can
/// empty it, and who holds nothing has nothing to lose.
pub(crate) fn drop_all() -> std::io::Result<()> {
    caps::clear(None, CapSet::Ambient).map_err(os_error)?;
    if caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP).map_err(os_error)? {
        for capability in bounding()? {
            caps::drop(None, CapSet::Bounding, capability).map_err(os_error)?;
        }
    }
    for set in [CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
        caps::clear(None, set).map_err(os_error)?;
    }
    Ok(())
}

/// What this kernel knows of; a name that it does not know can't be dropped.
fn bounding() -> std::io::Result<CapsHashSet> {
    caps::read(None, CapSet::Bounding).map_err(os_error)
}

/// The crate's errors are text; the errno of the call that failed last is what crosses to the parent.
fn os_error(_: CapsError) -> Error {
    Error::last_os_error()
}
