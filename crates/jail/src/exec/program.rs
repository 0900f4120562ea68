//! A program that workers are executed from.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{Error, PipeWriter, Read, Result, Write, pipe};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

use super::sibling;
use crate::cage::tell;
use crate::fork::{Forked, fork_sibling};
use crate::{Cage, Layer, Uids, capabilities, namespaces};

/// A program that workers are executed from, and the script that it is to run.
#[derive(Debug)]
pub struct Program {
    pub(super) file: File,
    pub(super) called: CString,
    pub(super) script: PathBuf,
    pub(super) text: Vec<u8>,
}

/// What a worker is started with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'a> {
    pub(super) cage: &'a Cage,
    pub(super) uids: Option<Uids>,
    pub(super) descriptors: &'a [(BorrowedFd<'a>, i32)],
}

impl Program {
    /// Opens both: whom the program will run as need not see the folders that they are in.
    ///
    /// # Errors
    /// When one can't be opened.
    pub fn open(program: &Path, script: &Path) -> Result<Self> {
        let named = |path: &Path, error: Error| {
            Error::new(error.kind(), format!("{}: {error}", path.display()))
        };
        let file =
            File::options().read(true).custom_flags(libc::O_PATH | libc::O_CLOEXEC).open(program);
        Ok(Self {
            file: file.map_err(|error| named(program, error))?,
            called: called(program)?,
            text: fs::read(script).map_err(|error| named(script, error))?,
            script: script.to_owned(),
        })
    }

    /// Starts a worker in its cage, with these descriptors in these places. It is a child of the caller, who must reap it. Returns
    /// while it is still putting on what is its own to put on: what fails there is its exit status, 126, and a line on its
    /// standard error with the layer's name.
    ///
    /// The caller has a single thread, or at least none whose locks matter to what is done here between fork and exec.
    ///
    /// # Errors
    /// When it can't be forked or gets no namespaces; standard error says which.
    pub fn start(
        &self,
        cage: &Cage,
        uids: Option<Uids>,
        descriptors: &[(BorrowedFd<'_>, i32)],
    ) -> Result<Pid> {
        let start = Start { cage, uids, descriptors };
        let (mut told, tells) = pipe()?;
        // SAFETY: the child makes system calls and takes memory, which glibc's fork allows; it does not return.
        let child = match unsafe { fork() }? {
            ForkResult::Child => {
                drop(told);
                self.launch(start, tells)
            }
            ForkResult::Parent { child } => child,
        };
        drop(tells);
        let mut number = [0; 4];
        let said = told.read_exact(&mut number).map(|()| i32::from_ne_bytes(number));
        reap(child);
        match said? {
            pid if pid > 0 => Ok(Pid::from_raw(pid)),
            errno => Err(Error::from_raw_os_error(-errno)),
        }
    }

    /// The first fork: says the sibling's number, or what was in the way.
    fn launch(&self, start: Start<'_>, mut tells: PipeWriter) -> ! {
        let said =
            match surround(start).and_then(|()| fork_sibling(start.cage.has(Layer::Namespaces))) {
                Ok(Forked::Child) => sibling::run(self, start),
                Ok(Forked::Caller(pid)) => pid.as_raw(),
                Err(error) => -error.raw_os_error().unwrap_or(libc::EIO),
            };
        // Whoever waits for it learns of a failure by the pipe's end.
        let _ = tells.write_all(&said.to_ne_bytes());
        // SAFETY: it does not return, and runs no destructor of what is the other process's.
        unsafe { libc::_exit(0) }
    }
}

/// What must be there before the sibling is.
fn surround(Start { cage, uids, .. }: Start<'_>) -> Result<()> {
    if cage.has(Layer::Namespaces) {
        let entered = namespaces::enter(uids, cage.view());
        entered.inspect_err(|error| tell(Layer::Namespaces, error))?;
    }
    if cage.has(Layer::Capabilities) {
        capabilities::seal().inspect_err(|error| tell(Layer::Capabilities, error))?;
    }
    Ok(())
}

/// It has said all that it has to say, and ends.
fn reap(child: Pid) {
    while waitpid(child, None) == Err(Errno::EINTR) {}
}

/// What it is told to be: Bun wants to know where it is, and takes this for it where there is no /proc/self/exe.
fn called(program: &Path) -> Result<CString> {
    let name = program.file_name().unwrap_or_default();
    Ok(CString::new(Path::new("/").join(name).as_os_str().as_bytes())?)
}
