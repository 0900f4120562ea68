//! Starting programs: a zygote, in what its workers share of the cage; and ours that are not caged.

use std::ffi::CString;
use std::fs::File;
use std::io::{Error, Result};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use bunbase_manifest::View;
use nix::fcntl::AtFlags;
use nix::libc;
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::sys::stat::{Mode, umask};
use nix::unistd::execveat;

use crate::cage::tell;
use crate::{Layer, Uids, capabilities, descriptors, namespaces};

/// What a zygote and all of its workers have in common.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Who they are; without any, they are who starts them.
    pub uids: Option<Uids>,
    /// What of the machine they see.
    pub view: View,
    /// Layers that are left out.
    pub without: Vec<Layer>,
}

impl Surroundings {
    pub(crate) fn has(&self, layer: Layer) -> bool {
        !self.without.contains(&layer)
    }

    fn put_on(&self) -> Result<()> {
        let on = |layer, put_on: &dyn Fn() -> Result<()>| {
            if !self.has(layer) {
                return Ok(());
            }
            put_on().inspect_err(|error| tell(layer, error))
        };
        on(Layer::Namespaces, &|| namespaces::enter(self.uids, &self.view))?;
        on(Layer::Capabilities, &capabilities::keep_for_zygote)?;
        on(Layer::Privileges, &|| Ok(prctl::set_no_new_privs()?))?;
        on(Layer::Descriptors, &descriptors::close_others_at_exec)
    }
}

/// A command that runs `program WORD` in these surroundings, with an empty environment, `/` as its directory, a
/// process group of its own.
///
/// The program is executed by its descriptor: whom it will run as need not see the folder that it is in.
pub(crate) fn surrounded(program: &Path, word: &str, around: Surroundings) -> Result<Command> {
    let executed = open(program)?;
    let arguments = [CString::new(program.as_os_str().as_bytes())?, CString::new(word)?];
    let mut command = Command::new(program);
    command.env_clear().process_group(0);
    let become_program = move || {
        umask(Mode::from_bits_truncate(0o077));
        around.put_on()?;
        std::env::set_current_dir("/")?;
        let none: [CString; 0] = [];
        execveat(executed.as_fd(), c"", &arguments, &none, AtFlags::AT_EMPTY_PATH)?;
        Ok(())
    };
    // SAFETY: the closure runs in the child after fork. It makes system calls and takes a little memory;
    // callers are single-threaded daemons, so no other thread can have held the allocator's lock at fork.
    unsafe { command.pre_exec(become_program) };
    Ok(command)
}

fn open(program: &Path) -> Result<File> {
    let opened =
        File::options().read(true).custom_flags(libc::O_PATH | libc::O_CLOEXEC).open(program);
    opened.map_err(|error| Error::new(error.kind(), format!("{}: {error}", program.display())))
}

/// Makes the kernel send `signal` to the command's process when the thread that starts it ends, even by
/// SIGKILL. For processes that we supervise, never for workers: those outlive schedulerd.
pub fn die_with_parent(command: &mut Command, signal: Signal) {
    // SAFETY: the closure runs in the child after fork and makes one system call.
    unsafe { command.pre_exec(move || Ok(prctl::set_pdeathsig(signal)?)) };
}
