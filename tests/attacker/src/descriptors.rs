//! Descriptors that were not meant for a worker: whoever starts the zygote has failed to close them.

use nix::libc;

use crate::attempt::{Outcome, attempts, nothing};
use crate::call::{done, number, open, open_at, read};
use crate::targets::secret;
use crate::{SECRET, Targets};

attempts! { "leaked descriptors":
    Secret {
        read_leaked_file, read_leaked_file_at, read_leaked_file_by_copy, read_leaked_file_by_path, read_leaked_file_by_vector,
        open_in_leaked_folder, climb_from_leaked_folder, map_leaked_file, find_leaked_file,
    }
    Network { write_to_leaked_socket, send_to_leaked_socket }
    Process { take_from_leaked_process }
}

fn read_leaked_file(t: &Targets) -> Outcome {
    call!(SYS_lseek, t.leaked_file, 0, libc::SEEK_SET)?;
    secret(&read(t.leaked_file)?)
}

fn read_leaked_file_at(t: &Targets) -> Outcome {
    let mut room = [0_u8; SECRET.len()];
    call!(SYS_pread64, t.leaked_file, room.as_mut_ptr(), room.len(), 0)?;
    secret(&room)
}

fn read_leaked_file_by_copy(t: &Targets) -> Outcome {
    let (copy, mut room) = (number(call!(SYS_dup, t.leaked_file)?), [0_u8; SECRET.len()]);
    call!(SYS_pread64, copy, room.as_mut_ptr(), room.len(), 0)?;
    secret(&room)
}

fn read_leaked_file_by_path(t: &Targets) -> Outcome {
    secret(&read(open(&format!("/proc/self/fd/{}", t.leaked_file))?)?)
}

fn read_leaked_file_by_vector(t: &Targets) -> Outcome {
    let mut room = [0_u8; SECRET.len()];
    let part = [room.as_mut_ptr() as usize, room.len()];
    call!(SYS_preadv, t.leaked_file, part.as_ptr(), 1, 0, 0)?;
    secret(&room)
}

fn open_in_leaked_folder(t: &Targets) -> Outcome {
    secret(&read(open_at(t.leaked_folder, "secret", libc::O_RDONLY)?)?)
}

fn climb_from_leaked_folder(t: &Targets) -> Outcome {
    let path = format!("{}{}", "../".repeat(24), t.secret.trim_start_matches('/'));
    secret(&read(open_at(t.leaked_folder, &path, libc::O_RDONLY)?)?)
}

fn map_leaked_file(t: &Targets) -> Outcome {
    let at = call!(SYS_mmap, 0, 4096, libc::PROT_READ, libc::MAP_PRIVATE, t.leaked_file, 0)?;
    // SAFETY: the kernel has just mapped a page here, and the file has at least so many bytes.
    secret(unsafe { std::slice::from_raw_parts(at as *const u8, SECRET.len()) })
}

/// Any descriptor beyond those of a worker.
fn find_leaked_file(_: &Targets) -> Outcome {
    let mut room = [0_u8; 64];
    for fd in 6..1024 {
        if call!(SYS_pread64, fd, room.as_mut_ptr(), room.len(), 0).is_ok() && secret(&room).is_ok()
        {
            return Ok(format!("descriptor {fd}"));
        }
    }
    nothing("none")
}

fn write_to_leaked_socket(t: &Targets) -> Outcome {
    done(call!(SYS_write, t.leaked_socket, b"x".as_ptr(), 1))
}

/// With the flags that a worker may use.
fn send_to_leaked_socket(t: &Targets) -> Outcome {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    done(call!(SYS_sendto, t.leaked_socket, b"x".as_ptr(), 1, flags, 0, 0))
}

fn take_from_leaked_process(t: &Targets) -> Outcome {
    done(call!(SYS_pidfd_getfd, t.leaked_process, 0, 0))
}
