//! Files read: by their paths, past their paths, through others' eyes.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts, nothing};
use crate::call::{number, open, open_at, read};
use crate::targets::{secret, text};

attempts! { "files, read":
    Secret {
        read_by_path, read_by_openat2, read_by_reopening, read_by_climbing, read_by_own_root, read_by_other_root,
        read_by_other_cwd, read_by_other_descriptor, read_by_symlink, read_by_hard_link, read_by_handle, read_passwd,
        read_by_sendfile, read_by_splice, read_by_mapping, list_folder, list_root, list_processes, read_link, look_at_file,
        look_whether_it_is_there, watch_folder, name_to_handle, list_mounts,
    }
}

fn read_by_path(t: &Targets) -> Outcome {
    secret(&read(open(&t.secret)?)?)
}

fn read_by_openat2(t: &Targets) -> Outcome {
    let (path, how) = (text(&t.secret)?, [libc::O_RDONLY as u64, 0, 0]);
    let fd = call!(SYS_openat2, libc::AT_FDCWD, path.as_ptr(), how.as_ptr(), size_of_val(&how))?;
    secret(&read(number(fd))?)
}

/// A place is no right to read, and what is opened anew is asked for anew.
fn read_by_reopening(t: &Targets) -> Outcome {
    let place = open_at(libc::AT_FDCWD, &t.secret, libc::O_PATH)?;
    secret(&read(open(&format!("/proc/self/fd/{place}"))?)?)
}

fn read_by_climbing(t: &Targets) -> Outcome {
    secret(&read(open(&format!("{}{}", "../".repeat(24), t.secret.trim_start_matches('/')))?)?)
}

fn read_by_own_root(t: &Targets) -> Outcome {
    secret(&read(open(&format!("/proc/self/root{}", t.secret))?)?)
}

fn read_by_other_root(t: &Targets) -> Outcome {
    secret(&read(open(&format!("/proc/{}/root{}", t.process, t.secret))?)?)
}

fn read_by_other_cwd(t: &Targets) -> Outcome {
    let climb = "/..".repeat(24);
    secret(&read(open(&format!("/proc/{}/cwd{climb}{}", t.process, t.secret))?)?)
}

fn read_by_other_descriptor(t: &Targets) -> Outcome {
    secret(&read(open(&format!("/proc/{}/fd/{}", t.tester, t.its_descriptor))?)?)
}

fn read_by_symlink(t: &Targets) -> Outcome {
    let (to, at) = (text(&t.secret)?, text(&format!("{}/link", t.room))?);
    call!(SYS_symlinkat, to.as_ptr(), libc::AT_FDCWD, at.as_ptr())?;
    let opened = open(&format!("{}/link", t.room));
    call!(SYS_unlinkat, libc::AT_FDCWD, at.as_ptr(), 0)?;
    secret(&read(opened?)?)
}

fn read_by_hard_link(t: &Targets) -> Outcome {
    let (from, at) = (text(&t.secret)?, text(&format!("{}/name", t.room))?);
    call!(SYS_linkat, libc::AT_FDCWD, from.as_ptr(), libc::AT_FDCWD, at.as_ptr(), 0)?;
    let opened = open(&format!("{}/name", t.room));
    call!(SYS_unlinkat, libc::AT_FDCWD, at.as_ptr(), 0)?;
    secret(&read(opened?)?)
}

/// From the bundle, which is on the same file system, to any file of it whose number is guessed.
fn read_by_handle(t: &Targets) -> Outcome {
    let length = u32::try_from(t.handle.len()).unwrap_or(0);
    let mut handle = [length.to_ne_bytes(), t.handle_kind.to_ne_bytes()].concat();
    handle.extend(&t.handle);
    let bundle = 3;
    let fd = call!(SYS_open_by_handle_at, bundle, handle.as_ptr(), libc::O_RDONLY)?;
    secret(&read(number(fd))?)
}

fn read_passwd(_: &Targets) -> Outcome {
    let bytes = read(open("/etc/passwd")?)?;
    if bytes.starts_with(b"root:") { Ok("the list of users".to_owned()) } else { nothing("others") }
}

fn read_by_sendfile(t: &Targets) -> Outcome {
    let (from, [reader, writer]) = (open(&t.secret)?, pipe()?);
    call!(SYS_sendfile, writer, from, 0, 100)?;
    secret(&read(reader)?)
}

fn read_by_splice(t: &Targets) -> Outcome {
    let (from, [reader, writer]) = (open(&t.secret)?, pipe()?);
    call!(SYS_splice, from, 0, writer, 0, 100, 0)?;
    secret(&read(reader)?)
}

pub(crate) fn pipe() -> std::io::Result<[i32; 2]> {
    let mut ends = [0; 2];
    call!(SYS_pipe2, ends.as_mut_ptr(), libc::O_CLOEXEC)?;
    Ok(ends)
}

fn read_by_mapping(t: &Targets) -> Outcome {
    let fd = open(&t.secret)?;
    let at = call!(SYS_mmap, 0, 4096, libc::PROT_READ, libc::MAP_PRIVATE, fd, 0)?;
    // SAFETY: the kernel has just mapped a page here, and the file has at least so many bytes.
    secret(unsafe { std::slice::from_raw_parts(at as *const u8, crate::SECRET.len()) })
}

/// The names in a folder.
fn names(path: &str) -> std::io::Result<String> {
    let (fd, mut room) = (open_at(libc::AT_FDCWD, path, libc::O_DIRECTORY)?, [0_u8; 8192]);
    let count = call!(SYS_getdents64, fd, room.as_mut_ptr(), room.len())?;
    Ok(String::from_utf8_lossy(&room[..count]).into_owned())
}

fn lists(path: &str, name: &str) -> Outcome {
    if names(path)?.contains(name) {
        Ok(format!("{path} has {name}"))
    } else {
        nothing("not there")
    }
}

fn list_folder(t: &Targets) -> Outcome {
    lists(&t.folder, "secret")
}

fn list_root(_: &Targets) -> Outcome {
    lists("/", "etc")
}

fn list_processes(t: &Targets) -> Outcome {
    lists(&format!("/proc/{}", t.process), "environ")
}

fn read_link(t: &Targets) -> Outcome {
    let (path, mut room) = (text(&format!("/proc/{}/exe", t.process))?, [0_u8; 256]);
    call!(SYS_readlinkat, libc::AT_FDCWD, path.as_ptr(), room.as_mut_ptr(), room.len())?;
    Ok("the program of another process".to_owned())
}

fn look_at_file(t: &Targets) -> Outcome {
    let (path, mut room) = (text(&t.secret)?, [0_u8; 256]);
    call!(SYS_statx, libc::AT_FDCWD, path.as_ptr(), 0, 0x7ff, room.as_mut_ptr())?;
    Ok("its size and times".to_owned())
}

fn look_whether_it_is_there(t: &Targets) -> Outcome {
    let path = text(&t.secret)?;
    call!(SYS_faccessat, libc::AT_FDCWD, path.as_ptr(), libc::F_OK)?;
    Ok("it is there".to_owned())
}

fn watch_folder(t: &Targets) -> Outcome {
    let (fd, path) = (call!(SYS_inotify_init1, 0)?, text(&t.folder)?);
    call!(SYS_inotify_add_watch, fd, path.as_ptr(), libc::IN_ACCESS)?;
    Ok("it is told of each access".to_owned())
}

fn name_to_handle(t: &Targets) -> Outcome {
    let (path, mut handle, mut mount) = (text(&t.secret)?, [128_u32; 34], 0);
    let at = libc::AT_FDCWD;
    call!(SYS_name_to_handle_at, at, path.as_ptr(), handle.as_mut_ptr(), &raw mut mount, 0)?;
    Ok("its number".to_owned())
}

fn list_mounts(_: &Targets) -> Outcome {
    let bytes = read(open("/proc/self/mountinfo")?)?;
    if bytes.is_empty() { nothing("none") } else { Ok("what is mounted where".to_owned()) }
}
