//! Memory that is written and executed, and memory that others see.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts};
use crate::call::{done, number, open, open_at};

attempts! { "machine code":
    Other {
        map_executable, make_executable, make_executable_by_key, map_bundle_executable, map_library, overwrite_own_code,
        read_implies_execute, map_shared_memory_executable, memory_file, secret_memory,
    }
}

const ANONYMOUS: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
const READ_WRITE: i32 = libc::PROT_READ | libc::PROT_WRITE;
const READ_EXECUTE: i32 = libc::PROT_READ | libc::PROT_EXEC;

fn page() -> std::io::Result<usize> {
    call!(SYS_mmap, 0, 4096, READ_WRITE, ANONYMOUS, -1_i32, 0)
}

fn map_executable(_: &Targets) -> Outcome {
    done(call!(SYS_mmap, 0, 4096, READ_WRITE | libc::PROT_EXEC, ANONYMOUS, -1_i32, 0))
}

/// Code that was written as data: it returns 42.
#[cfg(target_arch = "x86_64")]
fn make_executable(_: &Targets) -> Outcome {
    let (at, code) = (page()?, [0xb8_u8, 42, 0, 0, 0, 0xc3]);
    // SAFETY: the page is ours alone, and longer.
    unsafe { std::ptr::copy_nonoverlapping(code.as_ptr(), at as *mut u8, code.len()) };
    call!(SYS_mprotect, at, 4096, READ_EXECUTE)?;
    // SAFETY: what is there is a whole function that moves 42 into eax and returns.
    let function: extern "C" fn() -> u32 = unsafe { std::mem::transmute(at) };
    Ok(format!("code of its own says {}", function()))
}

#[cfg(not(target_arch = "x86_64"))]
fn make_executable(_: &Targets) -> Outcome {
    done(call!(SYS_mprotect, page()?, 4096, READ_EXECUTE))
}

fn make_executable_by_key(_: &Targets) -> Outcome {
    // -1 is the key that all memory has.
    done(call!(SYS_pkey_mprotect, page()?, 4096, READ_EXECUTE, -1_i32))
}

/// Its code is the function's own data.
fn map_bundle_executable(_: &Targets) -> Outcome {
    done(call!(SYS_mmap, 0, 4096, READ_EXECUTE, libc::MAP_PRIVATE, 3, 0))
}

fn map_library(t: &Targets) -> Outcome {
    let fd = open(&t.program)?;
    done(call!(SYS_mmap, 0, 4096, READ_EXECUTE, libc::MAP_PRIVATE, fd, 0))
}

/// What is not writable is written by way of the process' own memory file. With the byte that is there.
fn overwrite_own_code(_: &Targets) -> Outcome {
    let fd = open_at(libc::AT_FDCWD, "/proc/self/mem", libc::O_RDWR)?;
    let (at, mut byte) = (page as *const () as usize, [0_u8]);
    call!(SYS_pread64, fd, byte.as_mut_ptr(), 1, at)?;
    done(call!(SYS_pwrite64, fd, byte.as_ptr(), 1, at))
}

/// From here on, memory that can be read would be executable.
fn read_implies_execute(_: &Targets) -> Outcome {
    done(call!(SYS_personality, 0x0040_0000))
}

fn map_shared_memory_executable(_: &Targets) -> Outcome {
    let id = call!(SYS_shmget, libc::IPC_PRIVATE, 4096, 0o700)?;
    let mapped = call!(SYS_shmat, id, 0, libc::SHM_EXEC);
    call!(SYS_shmctl, id, libc::IPC_RMID, 0)?;
    done(mapped)
}

fn memory_file(_: &Targets) -> Outcome {
    let fd = number(call!(SYS_memfd_create, c"x".as_ptr(), 0)?);
    done(call!(SYS_write, fd, b"anything".as_ptr(), 8))
}

fn secret_memory(_: &Targets) -> Outcome {
    done(call!(SYS_memfd_secret, 0))
}
