//! Devices: the machine's memory, its log, its terminals.

use nix::libc;

use crate::Targets;
use crate::attempt::{Outcome, attempts, nothing};
use crate::call::{done, open_at};
use crate::targets::text;

attempts! { "devices":
    Secret { make_memory_device, open_kernel_log, open_kernel_symbols }
    Other { open_null, open_new_terminal, type_into_terminal, resize_terminal, open_own_terminal }
}

fn open_device(path: &str, flags: i32) -> Outcome {
    open_at(libc::AT_FDCWD, path, flags | libc::O_NONBLOCK | libc::O_NOCTTY)?;
    Ok(format!("{path} is open"))
}

/// `/dev/mem` under another name; made, and removed again.
fn make_memory_device(t: &Targets) -> Outcome {
    let path = text(&format!("{}/mem", t.room))?;
    let device = usize::try_from(libc::makedev(1, 1)).unwrap_or_default();
    let made = call!(SYS_mknodat, libc::AT_FDCWD, path.as_ptr(), libc::S_IFCHR | 0o666, device);
    // It is there only if it was made.
    let _ = call!(SYS_unlinkat, libc::AT_FDCWD, path.as_ptr(), 0);
    done(made)
}

fn open_kernel_log(_: &Targets) -> Outcome {
    open_device("/dev/kmsg", libc::O_RDONLY)
}

fn open_kernel_symbols(_: &Targets) -> Outcome {
    open_device("/proc/kallsyms", libc::O_RDONLY)
}

fn open_null(_: &Targets) -> Outcome {
    open_device("/dev/null", libc::O_RDWR)
}

fn open_new_terminal(_: &Targets) -> Outcome {
    open_device("/dev/ptmx", libc::O_RDWR)
}

/// The one that whoever started the suite sits at. Where there is none, nobody can.
fn open_own_terminal(_: &Targets) -> Outcome {
    open_device("/dev/tty", libc::O_RDWR)
}

/// As if its user had typed it.
fn type_into_terminal(t: &Targets) -> Outcome {
    if t.terminal == 0 {
        return nothing("no terminal");
    }
    done(call!(SYS_ioctl, t.terminal, libc::TIOCSTI, b"x".as_ptr()))
}

fn resize_terminal(t: &Targets) -> Outcome {
    let size = [24_u16, 80, 0, 0];
    done(call!(SYS_ioctl, t.terminal, libc::TIOCSWINSZ, size.as_ptr()))
}
