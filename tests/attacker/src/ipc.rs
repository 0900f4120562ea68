//! What processes share by a number or a name: memory, semaphores, queues, keys.

use nix::libc;

use crate::attempt::{Outcome, attempts};
use crate::call::{done, number};
use crate::targets::{secret, text};
use crate::{SECRET, Targets};

attempts! { "shared objects":
    Secret { read_memory_segment, look_at_memory_segment, read_queue, read_posix_queue, read_key, find_key }
    Process { count_semaphore, send_to_queue }
    Other { make_memory_segment, make_semaphore, make_queue, make_posix_queue, make_key }
}

fn read_memory_segment(t: &Targets) -> Outcome {
    let at = call!(SYS_shmat, t.segment, 0, libc::SHM_RDONLY)?;
    // SAFETY: the segment, just mapped here, is longer.
    secret(unsafe { std::slice::from_raw_parts(at as *const u8, SECRET.len()) })
}

fn look_at_memory_segment(t: &Targets) -> Outcome {
    let mut room = [0_u8; 256];
    done(call!(SYS_shmctl, t.segment, libc::IPC_STAT, room.as_mut_ptr()))
}

/// A copy: the message stays.
fn read_queue(t: &Targets) -> Outcome {
    let (mut room, copy) = ([0_u8; 264], 0o40000);
    call!(SYS_msgrcv, t.queue, room.as_mut_ptr(), 256, 0, copy | libc::IPC_NOWAIT)?;
    secret(&room)
}

fn send_to_queue(t: &Targets) -> Outcome {
    let message = [2_u64, 0];
    let sent = call!(SYS_msgsnd, t.queue, message.as_ptr(), 8, libc::IPC_NOWAIT);
    // A queue that is full of earlier attempts is one that was reached.
    crate::call::passed(sent, &[libc::EAGAIN])
}

fn read_posix_queue(t: &Targets) -> Outcome {
    let name = text(&t.name)?;
    call!(SYS_mq_open, name.as_ptr(), libc::O_RDONLY)?;
    Ok("another's messages".to_owned())
}

fn read_key(t: &Targets) -> Outcome {
    let (read, mut room) = (11, [0_u8; 64]);
    call!(SYS_keyctl, read, t.key, room.as_mut_ptr(), room.len())?;
    secret(&room)
}

fn find_key(t: &Targets) -> Outcome {
    let name = text(&t.name)?;
    let found = call!(SYS_request_key, c"user".as_ptr(), name.as_ptr(), 0, 0)?;
    let (read, mut room) = (11, [0_u8; 64]);
    call!(SYS_keyctl, read, found, room.as_mut_ptr(), room.len())?;
    secret(&room)
}

/// Its value, which is not changed.
fn count_semaphore(t: &Targets) -> Outcome {
    done(call!(SYS_semctl, t.semaphore, 0, libc::GETVAL, 0))
}

fn make_memory_segment(_: &Targets) -> Outcome {
    let made = call!(SYS_shmget, libc::IPC_PRIVATE, 4096, 0o600)?;
    call!(SYS_shmctl, made, libc::IPC_RMID, 0)?;
    owned_by_machine()
}

fn make_semaphore(_: &Targets) -> Outcome {
    let made = call!(SYS_semget, libc::IPC_PRIVATE, 1, 0o600)?;
    call!(SYS_semctl, made, 0, libc::IPC_RMID, 0)?;
    owned_by_machine()
}

fn make_queue(_: &Targets) -> Outcome {
    let made = call!(SYS_msgget, libc::IPC_PRIVATE, 0o600)?;
    call!(SYS_msgctl, made, libc::IPC_RMID, 0)?;
    owned_by_machine()
}

/// Objects that stay when the worker ends: there are others' only where the machine's are.
fn owned_by_machine() -> Outcome {
    let mut information = [0_u64; 16];
    let highest = call!(SYS_shmctl, 0, 14, information.as_mut_ptr())?; // SHM_INFO
    let used = u32::try_from(information[0] & 0xffff_ffff).unwrap_or(0);
    if used > 0 {
        Ok(format!("among the machine's, {highest}"))
    } else {
        crate::attempt::nothing("a world of its own")
    }
}

fn make_posix_queue(_: &Targets) -> Outcome {
    let name = c"bunbase-canary-made";
    let made = call!(SYS_mq_open, name.as_ptr(), libc::O_RDWR | libc::O_CREAT, 0o600, 0)?;
    call!(SYS_mq_unlink, name.as_ptr())?;
    Ok(format!("{}", number(made)))
}

/// In the keyring of its process, which ends with it.
fn make_key(_: &Targets) -> Outcome {
    let (process_keyring, value) = (-2_i32, b"x");
    done(call!(SYS_add_key, c"user".as_ptr(), c"made".as_ptr(), value.as_ptr(), 1, process_keyring))
}
