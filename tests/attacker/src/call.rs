//! System calls, without anything in between that could know better.

use std::io::{Error, Result};

use nix::libc;

/// Makes a system call: `call!(SYS_name, arguments…)`.
macro_rules! call {
    ($name:ident $(, $argument:expr)* $(,)?) => {
        {
            #[allow(clippy::cast_possible_truncation, reason = "a register is as wide as a pointer")]
            let arguments = [$($argument as usize),*];
            $crate::call::make(::nix::libc::$name, &arguments)
        }
    };
}

/// Makes one by its number. Arguments that are left out are 0.
///
/// # Errors
/// What the kernel says.
pub fn make(number: libc::c_long, arguments: &[usize]) -> Result<usize> {
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    let [a, b, c, d, e, f] = all;
    // SAFETY: each caller passes pointers to what it holds, with its length. What a call does to this process otherwise is
    // what the attempt is about; the process makes one and ends.
    let result = unsafe { libc::syscall(number, a, b, c, d, e, f) };
    usize::try_from(result).map_err(|_| Error::last_os_error())
}

/// The result, as a descriptor or a process' number.
pub(crate) fn number(result: usize) -> i32 {
    i32::try_from(result).unwrap_or(-1)
}

/// Reads once.
pub(crate) fn read(fd: i32) -> Result<Vec<u8>> {
    let mut bytes = vec![0_u8; 4096];
    let count = call!(SYS_read, fd, bytes.as_mut_ptr(), bytes.len())?;
    bytes.truncate(count);
    Ok(bytes)
}

/// Opens a path for reading, relative to a descriptor.
pub(crate) fn open_at(fd: i32, path: &str, flags: i32) -> Result<i32> {
    let path = crate::targets::text(path)?;
    call!(SYS_openat, fd, path.as_ptr(), flags | libc::O_CLOEXEC, 0o666).map(number)
}

/// Opens a path for reading.
pub(crate) fn open(path: &str) -> Result<i32> {
    open_at(libc::AT_FDCWD, path, libc::O_RDONLY)
}

/// Privileged calls are made with arguments that the kernel refuses in another way, once it has seen who calls.
pub(crate) fn passed(result: Result<usize>, refused_otherwise: &[i32]) -> Result<String> {
    match result {
        Ok(_) => Ok("done".to_owned()),
        Err(error) if error.raw_os_error().is_some_and(|e| refused_otherwise.contains(&e)) => {
            Ok(format!("permitted, and refused only for its arguments: {error}"))
        }
        Err(error) => Err(error),
    }
}

/// It returned: that is what was wanted.
pub(crate) fn done(result: Result<usize>) -> Result<String> {
    result.map(|result| format!("it returned {result}"))
}
