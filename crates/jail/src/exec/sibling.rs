//! The process that becomes the worker.

use std::convert::Infallible;
use std::ffi::CString;
use std::fs::File;
use std::io::{Error, Result};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::ptr;

use bunbase_manifest::FileView;
use nix::libc;
use nix::sys::signal::{SigHandler, SigSet, Signal, signal};
use nix::sys::stat::{Mode, umask};
use nix::unistd::chdir;

use super::program::{Program, Start};
use crate::cage::{Exec, tell};
use crate::descriptors::{self, PROGRAM};
use crate::landlock::{Needed, Use};
use crate::namespaces::{furniture, root};
use crate::rlimits::survive_full_files;
use crate::{Cage, Layer};

/// What a shell has for a command that can't be executed.
const NOT_EXECUTED: i32 = 126;

/// Puts on the cage and executes the program.
pub(super) fn run(program: &Program, start: Start<'_>) -> ! {
    let Err(error) = become_worker(program, start);
    eprintln!("bunbase-jail: {} is not executed: {error}", program.called.to_string_lossy());
    // SAFETY: it does not return, and runs no destructor of what is another process's.
    unsafe { libc::_exit(NOT_EXECUTED) }
}

fn become_worker(program: &Program, start: Start<'_>) -> Result<Infallible> {
    let Start { cage, uids, .. } = start;
    forget_signals()?;
    put(program, start).inspect_err(|error| tell(Layer::Descriptors, error))?;
    let script = settle(program, cage).inspect_err(|error| tell(Layer::Namespaces, error))?;
    let arguments = [program.called.clone(), CString::new(script.as_os_str().as_bytes())?];
    umask(Mode::from_bits_truncate(0o077));
    chdir("/")?;
    let exec = Exec { needed: needed(script)?, ticket: ticket()? };
    cage.confine_exec(cage.user(uids), &exec)?;
    Err(execute(&arguments, exec.ticket))
}

/// What is ignored or blocked stays so: of that, only what Bun ignores itself.
fn forget_signals() -> Result<()> {
    survive_full_files()?;
    // SAFETY: no handler is installed.
    unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }?;
    Ok(SigSet::empty().thread_set_mask()?)
}

/// Makes the root, and says where the script is in it.
fn settle<'a>(program: &'a Program, cage: &Cage) -> Result<&'a Path> {
    let files = &cage.view().files;
    if !cage.has(Layer::Namespaces) {
        return Ok(&program.script);
    }
    // Folders that are made on the way are for the worker's user to pass.
    umask(Mode::from_bits_truncate(0o022));
    root::settle(files, |root| furniture::furnish(root, &program.text))?;
    let is_own = !matches!(files, FileView::Everything);
    Ok(if is_own { Path::new(furniture::SCRIPT) } else { &program.script })
}

fn needed(script: &Path) -> Result<Vec<Needed>> {
    // SAFETY: the program has just been put there, and stays until the exec.
    let program = unsafe { BorrowedFd::borrow_raw(PROGRAM) }.try_clone_to_owned()?;
    let mut all = vec![Needed { file: program, to: Use::Execute }];
    for (path, to) in furniture::opened(script)? {
        let opened =
            File::options().read(true).custom_flags(libc::O_PATH | libc::O_CLOEXEC).open(path);
        all.push(Needed { file: opened?.into(), to });
    }
    Ok(all)
}

fn put(program: &Program, Start { cage, descriptors: given, .. }: Start<'_>) -> Result<()> {
    let own = |(fd, place): &(BorrowedFd<'_>, i32)| Ok((*place, fd.try_clone_to_owned()?));
    let placed: Result<Vec<(i32, OwnedFd)>> = given.iter().map(own).collect();
    let places: Vec<i32> = given.iter().map(|(_, place)| *place).collect();
    let program = (PROGRAM, program.file.try_clone()?.into());
    descriptors::put(placed?.into_iter().chain([program]).collect())?;
    if cage.has(Layer::Descriptors) {
        descriptors::close_others_but_program(&places)?;
    }
    descriptors::close_program_at_exec()
}

/// Drawn here, so that nobody else has it.
fn ticket() -> Result<u64> {
    let mut drawn = [0_u8; 8];
    // SAFETY: it writes as many bytes as there are.
    let length = unsafe { libc::getrandom(drawn.as_mut_ptr().cast(), drawn.len(), 0) };
    if length == 8 { Ok(u64::from_ne_bytes(drawn)) } else { Err(Error::last_os_error()) }
}

fn execute(arguments: &[CString; 2], ticket: u64) -> Error {
    let [called, script] = arguments.each_ref().map(|argument| argument.as_ptr());
    let (arguments, environment) = ([called, script, ptr::null()], [ptr::null::<libc::c_char>()]);
    // SAFETY: both lists end with a null pointer and live on after the call, as what they point to does.
    unsafe {
        libc::syscall(
            libc::SYS_execveat,
            PROGRAM,
            c"".as_ptr(),
            arguments.as_ptr(),
            environment.as_ptr(),
            libc::AT_EMPTY_PATH,
            ticket,
        )
    };
    Error::last_os_error()
}
