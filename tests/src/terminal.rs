//! A command on a terminal, as people see it.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, ExitStatus};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Runs a command whose standard input, output and error are a terminal into which `typed` is typed. What it shows, and how
/// it ended.
///
/// # Panics
/// When there is no terminal to be had.
#[must_use]
pub fn run(mut command: Command, typed: &str) -> (ExitStatus, String) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&keyboard).and_then(|()| unlockpt(&keyboard)).expect("our terminal");
    let name = ptsname(&keyboard, Vec::new()).expect("its name");
    let screen = OpenOptions::new().read(true).write(true).open(OsStr::from_bytes(name.as_bytes()));
    let screen = screen.expect("its other side");
    let copy = || screen.try_clone().expect("another handle");
    command.env("TERM", "xterm").env_remove("NO_COLOR");
    let child = command.stdin(copy()).stdout(copy()).stderr(copy()).spawn();
    let mut child = child.expect("the command starts");
    // The command keeps handles of its own; with ours gone, its end is the end of what is to be read.
    drop((command, screen));
    let mut keyboard = File::from(keyboard);
    keyboard.write_all(typed.as_bytes()).expect("typed");
    let mut shown = Vec::new();
    // A terminal that nobody has open any more fails to be read: that is its end.
    let _ = keyboard.read_to_end(&mut shown);
    (child.wait().expect("its end"), String::from_utf8_lossy(&shown).into_owned())
}
