//! Canaries that have no path: shared memory, queues, keys, a terminal.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;

use bunbase_attacker::SECRET;
use bunbase_attacker::call::make;
use nix::libc;

const SESSION_KEYRING: usize = -3_isize as usize;

/// A message's kind, and what it says.
fn message() -> Vec<u8> {
    [&1_u64.to_ne_bytes(), SECRET.as_bytes()].concat()
}

fn number(result: std::io::Result<usize>) -> i32 {
    i32::try_from(result.unwrap()).unwrap()
}

/// A memory segment with the secret.
pub(super) fn segment() -> i32 {
    let made = make(libc::SYS_shmget, &[0, 4096, 0o600]).unwrap();
    let at = make(libc::SYS_shmat, &[made, 0, 0]).unwrap();
    // SAFETY: the segment, just mapped here, is longer.
    unsafe { std::ptr::copy_nonoverlapping(SECRET.as_ptr(), at as *mut u8, SECRET.len()) };
    i32::try_from(made).unwrap()
}

pub(super) fn semaphore() -> i32 {
    number(make(libc::SYS_semget, &[0, 1, 0o600]))
}

/// A queue with the secret in a message.
pub(super) fn queue() -> i32 {
    let (made, message) = (make(libc::SYS_msgget, &[0, 0o600]).unwrap(), message());
    make(libc::SYS_msgsnd, &[made, message.as_ptr() as usize, SECRET.len(), 0]).unwrap();
    i32::try_from(made).unwrap()
}

/// A queue with a name.
pub(super) fn posix_queue(name: &str) {
    let name = std::ffi::CString::new(name).unwrap();
    let flags = libc::O_CREAT | libc::O_RDWR;
    // One message of 16 bytes: what queues may take together is bounded.
    let attributes = [0_u64, 1, 16, 0, 0, 0, 0, 0];
    let (name, attributes) = (name.as_ptr() as usize, attributes.as_ptr() as usize);
    number(make(libc::SYS_mq_open, &[name, flags as usize, 0o600, attributes]));
}

/// A key with the secret, in a session of this thread's own, which all that it starts will be in.
pub(super) fn key(name: &str) -> i32 {
    let name = std::ffi::CString::new(name).unwrap();
    let (kind, name, value) = (c"user".as_ptr(), name.as_ptr(), SECRET.as_ptr());
    let join = 1;
    make(libc::SYS_keyctl, &[join, 0]).unwrap();
    let arguments = [kind as usize, name as usize, value as usize, SECRET.len(), SESSION_KEYRING];
    number(make(libc::SYS_add_key, &arguments))
}

/// What outlives a process otherwise.
pub(super) fn remove(segment: i32, semaphore: i32, queue: i32, name: &str) {
    let number = |id: i32| usize::try_from(id).unwrap();
    let name = std::ffi::CString::new(name).unwrap();
    let remove = libc::IPC_RMID as usize;
    let done = [
        make(libc::SYS_shmctl, &[number(segment), remove, 0]),
        make(libc::SYS_semctl, &[number(semaphore), 0, remove]),
        make(libc::SYS_msgctl, &[number(queue), remove, 0]),
        make(libc::SYS_mq_unlink, &[name.as_ptr() as usize]),
    ];
    for result in done {
        // A canary that is gone already is one that an attempt has removed: the matrix shows it.
        let _ = result;
    }
}

/// A terminal: its two ends.
pub(super) fn terminal() -> (File, File) {
    let open = |path: &str| {
        File::options().read(true).write(true).custom_flags(libc::O_NOCTTY).open(path).unwrap()
    };
    let master = open("/dev/ptmx");
    let (fd, mut number, unlocked) = (usize::try_from(master.as_raw_fd()).unwrap(), 0_u32, 0_u32);
    let (unlock, which) = (libc::TIOCSPTLCK, libc::TIOCGPTN);
    for (request, value) in
        [(unlock, &raw const unlocked as usize), (which, &raw mut number as usize)]
    {
        make(libc::SYS_ioctl, &[fd, usize::try_from(request).unwrap(), value]).unwrap();
    }
    let slave = open(&format!("/dev/pts/{number}"));
    (master, slave)
}
