//! Other programs.

use std::ffi::CString;

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts};
use crate::call::{number, open, open_at, read};
use crate::targets::text;
use crate::worker::triumph;

attempts! { "programs executed":
    Other {
        execute_path, execute_relative, execute_descriptor, execute_place, execute_memory_file, execute_interpreter,
        execute_script, execute_setuid_program, execute_leaked_folder,
    }
}

/// The program says what it is given: that the attempt has succeeded. Returns only if it is not executed.
fn execute(fd: i32, path: &CString, before: &[&str], flags: i32) -> Outcome {
    let arguments: Vec<CString> =
        before.iter().copied().chain([triumph().as_str()]).filter_map(|a| text(a).ok()).collect();
    let mut pointers: Vec<*const libc::c_char> = arguments.iter().map(|a| a.as_ptr()).collect();
    pointers.push(std::ptr::null());
    let none: [*const libc::c_char; 1] = [std::ptr::null()];
    call!(SYS_execveat, fd, path.as_ptr(), pointers.as_ptr(), none.as_ptr(), flags)?;
    Ok("it returned".to_owned())
}

fn execute_path(t: &Targets) -> Outcome {
    let (path, said) = (text(&t.program)?, text(&triumph())?);
    let arguments = [path.as_ptr(), said.as_ptr(), std::ptr::null()];
    let none: [*const libc::c_char; 1] = [std::ptr::null()];
    call!(SYS_execve, path.as_ptr(), arguments.as_ptr(), none.as_ptr())?;
    Ok("it returned".to_owned())
}

fn execute_relative(t: &Targets) -> Outcome {
    let folder = open_at(libc::AT_FDCWD, &t.folder, libc::O_DIRECTORY)?;
    execute(folder, &text("program")?, &["program"], 0)
}

fn execute_descriptor(t: &Targets) -> Outcome {
    execute(open(&t.program)?, &CString::default(), &["program"], libc::AT_EMPTY_PATH)
}

fn execute_place(t: &Targets) -> Outcome {
    let place = open_at(libc::AT_FDCWD, &t.program, libc::O_PATH)?;
    execute(place, &CString::default(), &["program"], libc::AT_EMPTY_PATH)
}

/// A program that was never in a file: a shell script would need an interpreter, this is the program's own bytes.
fn execute_memory_file(t: &Targets) -> Outcome {
    let (from, to) = (open(&t.program)?, call!(SYS_memfd_create, c"x".as_ptr(), 0)?);
    loop {
        let bytes = read(from)?;
        if bytes.is_empty() {
            break;
        }
        call!(SYS_write, to, bytes.as_ptr(), bytes.len())?;
    }
    execute(number(to), &CString::default(), &["program"], libc::AT_EMPTY_PATH)
}

/// The dynamic linker runs what may only be read.
fn execute_interpreter(t: &Targets) -> Outcome {
    let linker = if cfg!(target_arch = "x86_64") {
        "/lib64/ld-linux-x86-64.so.2"
    } else {
        "/lib/ld-linux-aarch64.so.1"
    };
    execute(libc::AT_FDCWD, &text(linker)?, &["ld.so", &t.program], 0)
}

fn execute_script(_: &Targets) -> Outcome {
    let say = "printf '%s\\n' \"$0\"";
    execute(libc::AT_FDCWD, &text("/bin/sh")?, &["sh", "-c", say], 0)
}

/// It would run as root, whoever executes it.
fn execute_setuid_program(t: &Targets) -> Outcome {
    execute(libc::AT_FDCWD, &text(&t.setuid_program)?, &["program"], 0)
}

fn execute_leaked_folder(t: &Targets) -> Outcome {
    execute(t.leaked_folder, &text("program")?, &["program"], 0)
}
