//! What a fork has from those before it.

use nix::libc;

use crate::attempt::{Outcome, attempts, nothing};
use crate::{SECRET, Targets};

attempts! { "inherited state":
    Secret { environment, command_line, stack_of_starter, memory_of_earlier_fork }
    Other { working_folder, file_mode_mask, process_group, undumpable }
}

fn environment(_: &Targets) -> Outcome {
    match std::env::vars_os().count() {
        0 => nothing("an empty environment"),
        count => Ok(format!("{count} variables")),
    }
}

fn command_line(_: &Targets) -> Outcome {
    match std::env::args_os().count() {
        0..=2 => nothing("nothing in it"),
        count => Ok(format!("{count} arguments")),
    }
}

/// A secret is split, so that the search does not find itself.
fn needle() -> Vec<u8> {
    let (head, tail) = SECRET.split_at(6);
    [head, tail, " of a function"].concat().into_bytes()
}

/// All that lies above this frame.
fn stack_of_starter(_: &Targets) -> Outcome {
    let (needle, here) = (needle(), 0_u8);
    let from = &raw const here as usize;
    // SAFETY: the stack goes on above this frame, by more than this: main's frames, arguments, the auxiliary vector.
    let above = unsafe { std::slice::from_raw_parts(from as *const u8, 1024) };
    found(above, &needle)
}

/// A function that was loaded by an earlier fork of the same zygote had it: the heap, from its beginning.
fn memory_of_earlier_fork(_: &Targets) -> Outcome {
    let (needle, end) = (needle(), call!(SYS_brk, 0)?);
    let some = Box::new(0_u8);
    let from = (&raw const *some as usize) & !0xfff;
    // SAFETY: from a block of the heap to the heap's end, all of it is mapped.
    let heap = unsafe { std::slice::from_raw_parts(from as *const u8, end.saturating_sub(from)) };
    // This copy of what is looked for is in the heap, too.
    let (own, at) = (needle.as_ptr() as usize, |found: &[u8]| found.as_ptr() as usize);
    let is_it = |window: &&[u8]| *window == needle && at(window) != own;
    heap.windows(needle.len())
        .find(is_it)
        .map_or_else(|| nothing("not in the heap"), |_| Ok("in the heap".to_owned()))
}

fn found(memory: &[u8], needle: &[u8]) -> Outcome {
    if memory.windows(needle.len()).any(|window| window == needle) {
        Ok("found".to_owned())
    } else {
        nothing("not found")
    }
}

fn working_folder(_: &Targets) -> Outcome {
    let mut room = [0_u8; 256];
    let length = call!(SYS_getcwd, room.as_mut_ptr(), room.len())?;
    let folder = String::from_utf8_lossy(&room[..length.saturating_sub(1)]).into_owned();
    if folder == "/" { nothing("/") } else { Ok(folder) }
}

fn file_mode_mask(_: &Targets) -> Outcome {
    match call!(SYS_umask, 0o077)? {
        0o077 => nothing("nobody else may read what it makes"),
        mask => Ok(format!("{mask:o}")),
    }
}

/// A signal to the group must not be one to others.
fn process_group(t: &Targets) -> Outcome {
    let (own, testers) = (call!(SYS_getpgid, 0)?, call!(SYS_getpgid, t.tester));
    if testers.is_ok_and(|group| group == own) {
        Ok("the tester's".to_owned())
    } else {
        nothing("its own")
    }
}

/// Who is of the same user could look at it.
fn undumpable(_: &Targets) -> Outcome {
    call!(SYS_prctl, libc::PR_SET_DUMPABLE, 1)?;
    match call!(SYS_prctl, libc::PR_GET_DUMPABLE)? {
        1 => Ok("it can be looked at".to_owned()),
        _ => nothing("it can't be looked at"),
    }
}
