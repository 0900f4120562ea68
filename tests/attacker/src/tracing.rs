//! Into others' memory and descriptors.

use nix::libc;

use crate::attempt::{Outcome, attempts};
use crate::call::{done, number, open, open_at, read};
use crate::targets::secret;
use crate::{SECRET, Targets};

attempts! { "tracing":
    Secret {
        read_memory, read_memory_by_file, read_environment, read_memory_map, take_descriptor, read_command_line, read_auxiliary_vector,
    }
    Process { write_memory, seize_process, attach_to_process, compare_processes, look_into_world }
}

fn read_memory(t: &Targets) -> Outcome {
    let mut room = [0_u8; SECRET.len()];
    let (local, remote) = ([room.as_mut_ptr() as usize, room.len()], [t.address, room.len()]);
    call!(SYS_process_vm_readv, t.tester, local.as_ptr(), 1, remote.as_ptr(), 1, 0)?;
    secret(&room)
}

fn write_memory(t: &Targets) -> Outcome {
    let (local, remote) = ([b"spoilt".as_ptr() as usize, 6], [t.writable, 6]);
    done(call!(SYS_process_vm_writev, t.tester, local.as_ptr(), 1, remote.as_ptr(), 1, 0))
}

fn read_memory_by_file(t: &Targets) -> Outcome {
    let (fd, mut room) = (open(&format!("/proc/{}/mem", t.tester))?, [0_u8; SECRET.len()]);
    call!(SYS_pread64, fd, room.as_mut_ptr(), room.len(), t.address)?;
    secret(&room)
}

fn read_environment(t: &Targets) -> Outcome {
    secret(&read(open(&format!("/proc/{}/environ", t.process))?)?)
}

fn read_memory_map(t: &Targets) -> Outcome {
    let bytes = read(open(&format!("/proc/{}/maps", t.process))?)?;
    if bytes.is_empty() {
        crate::attempt::nothing("an empty map")
    } else {
        Ok("addresses".to_owned())
    }
}

fn read_auxiliary_vector(t: &Targets) -> Outcome {
    let bytes = read(open(&format!("/proc/{}/auxv", t.process))?)?;
    if bytes.is_empty() {
        crate::attempt::nothing("nothing in it")
    } else {
        Ok("addresses".to_owned())
    }
}

fn read_command_line(t: &Targets) -> Outcome {
    let bytes = read(open(&format!("/proc/{}/cmdline", t.process))?)?;
    if bytes.is_empty() {
        crate::attempt::nothing("nothing in it")
    } else {
        Ok("its arguments".to_owned())
    }
}

fn take_descriptor(t: &Targets) -> Outcome {
    let tester = number(call!(SYS_pidfd_open, t.tester, 0)?);
    let taken = number(call!(SYS_pidfd_getfd, tester, t.its_descriptor, 0)?);
    let mut room = [0_u8; 64];
    call!(SYS_pread64, taken, room.as_mut_ptr(), room.len(), 0)?;
    secret(&room)
}

fn seize_process(t: &Targets) -> Outcome {
    let traced = call!(SYS_ptrace, libc::PTRACE_SEIZE, t.process, 0, 0)?;
    done(Ok(traced))
}

/// It is let go on again.
fn attach_to_process(t: &Targets) -> Outcome {
    call!(SYS_ptrace, libc::PTRACE_ATTACH, t.process, 0, 0)?;
    call!(SYS_wait4, t.process, 0, 0x4000_0000, 0)?; // __WALL
    done(call!(SYS_ptrace, libc::PTRACE_DETACH, t.process, 0, 0))
}

fn compare_processes(t: &Targets) -> Outcome {
    let file_system = 3;
    done(call!(SYS_kcmp, t.process, t.tester, file_system, 0, 0))
}

/// What its files, its network and its processes are.
fn look_into_world(t: &Targets) -> Outcome {
    open_at(libc::AT_FDCWD, &format!("/proc/{}/ns/mnt", t.process), libc::O_RDONLY)?;
    Ok("the other's world".to_owned())
}
