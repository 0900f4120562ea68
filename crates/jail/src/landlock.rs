//! No file but those that were granted, see landlock(7).

use std::io::{Error, Result};
use std::os::fd::OwnedFd;

use bunbase_manifest::{FileView, View};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};

/// What must be there: all of files, and moving them (Linux 5.19; Debian 12 has 6.1).
const REQUIRED: ABI = ABI::V2;

/// What is used where it is there: truncation and ioctl on devices (6.10), TCP ports (6.7), abstract sockets and signals (6.12).
const WELCOME: ABI = ABI::V6;

/// A file that is needed to execute a program in the cage, and to do what with it.
#[derive(Debug)]
pub(crate) struct Needed {
    pub(crate) file: OwnedFd,
    pub(crate) to: Use,
}

/// What a file is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Its contents, mapped or read.
    Read,
    /// It is executed.
    Execute,
    /// It is a folder whose entries are listed, as those of all folders in it.
    List,
}

impl Use {
    fn access(self) -> BitFlags<AccessFs> {
        match self {
            Self::Read => AccessFs::ReadFile.into(),
            Self::Execute => AccessFs::ReadFile | AccessFs::Execute,
            Self::List => AccessFs::ReadDir.into(),
        }
    }
}

/// From here on the process opens what its view has and what it needs itself, and nothing else.
pub(crate) fn restrict(view: &View, needed: &[Needed]) -> Result<()> {
    let ruleset = ruleset(view)
        .and_then(|ruleset| allow(ruleset, &view.files))
        .and_then(|ruleset| allow_needed(ruleset, needed));
    ruleset.and_then(|ruleset| ruleset.restrict_self().map(drop)).map_err(os_error)
}

fn ruleset(view: &View) -> std::result::Result<RulesetCreated, RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(REQUIRED))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WELCOME))?
        .scope(Scope::from_all(WELCOME))?;
    let ruleset =
        if view.network { ruleset } else { ruleset.handle_access(AccessNet::from_all(WELCOME))? };
    ruleset.create()
}

fn allow(
    mut ruleset: RulesetCreated,
    files: &FileView,
) -> std::result::Result<RulesetCreated, RulesetError> {
    for (path, is_written) in files.paths() {
        let access = access(is_written);
        // A path that is not there grants nothing.
        if let Ok(opened) = PathFd::new(path) {
            ruleset = ruleset.add_rule(PathBeneath::new(opened, access))?;
        }
    }
    Ok(ruleset)
}

fn allow_needed(
    mut ruleset: RulesetCreated,
    needed: &[Needed],
) -> std::result::Result<RulesetCreated, RulesetError> {
    for Needed { file, to } in needed {
        ruleset = ruleset.add_rule(PathBeneath::new(file, to.access()))?;
    }
    Ok(ruleset)
}

/// Reading is not executing, and writing makes neither devices nor sockets.
fn access(is_written: bool) -> BitFlags<AccessFs> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let make = AccessFs::MakeReg | AccessFs::MakeDir | AccessFs::RemoveFile | AccessFs::RemoveDir;
    let write = make | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::Refer;
    if is_written { read | write } else { read }
}

/// What the kernel said is what crosses to the parent.
fn os_error(_: RulesetError) -> Error {
    match Error::last_os_error() {
        unsaid if unsaid.raw_os_error() == Some(0) => Error::from_raw_os_error(nix::libc::ENOSYS),
        said => said,
    }
}

/// How far this kernel's goes.
pub(crate) fn extent() -> String {
    /// `LANDLOCK_CREATE_RULESET_VERSION`
    const VERSION: usize = 1;
    // SAFETY: without a ruleset the kernel reads no memory.
    let abi = unsafe {
        nix::libc::syscall(
            nix::libc::SYS_landlock_create_ruleset,
            std::ptr::null::<u8>(),
            0,
            VERSION,
        )
    };
    let covered = match abi {
        ..4 => "files; not TCP ports, abstract sockets, signals, devices' ioctl",
        4 => "files, TCP ports; not abstract sockets, signals, devices' ioctl",
        5 => "files, devices' ioctl, TCP ports; not abstract sockets, signals",
        _ => "files, devices' ioctl, TCP ports, abstract sockets, signals",
    };
    format!("version {abi}: {covered}")
}
