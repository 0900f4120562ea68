//! Capabilities that a process has without using them.

use nix::libc;

/// `capset` of the third version: 64 bits in two halves.
#[repr(C)]
pub(crate) struct Header {
    version: u32,
    pid: i32,
}

/// One half of the sets.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Half {
    pub(crate) effective: u32,
    pub(crate) permitted: u32,
    pub(crate) inheritable: u32,
}

impl Header {
    pub(crate) fn own() -> Self {
        Self { version: 0x2008_0522, pid: 0 }
    }
}

/// The process' own sets.
pub(crate) fn sets() -> std::io::Result<[Half; 2]> {
    let (header, mut sets) = (Header::own(), [Half::default(); 2]);
    call!(SYS_capget, &raw const header, sets.as_mut_ptr())?;
    Ok(sets)
}

/// Takes all into use that is permitted. Who has none stays as it is.
pub(crate) fn arm() {
    let Ok(mut sets) = sets() else { return };
    for half in &mut sets {
        half.effective = half.permitted;
    }
    let header = Header::own();
    // What can't be had is not needed: the attempt itself shows it.
    let _ = call!(SYS_capset, &raw const header, sets.as_ptr());
    let _ = call!(SYS_prctl, libc::PR_SET_DUMPABLE, 1);
}
