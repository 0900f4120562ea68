//! What is printed: JSON or text for people, on a standard output that may be closed or full.

use std::io::{ErrorKind, Write, stderr, stdout};

use serde::Serialize;

use crate::args::Globals;
use crate::exit::{Failed, Status};

/// Prints an answer: as JSON, or as `people` words it.
pub fn print<T: Serialize>(
    globals: &Globals,
    answer: &T,
    people: impl FnOnce(&T) -> String,
) -> Result<(), Failed> {
    if globals.json {
        let json = serde_json::to_string_pretty(answer).expect("plain structs serialise");
        return write(format!("{json}\n").as_bytes());
    }
    if globals.quiet { Ok(()) } else { write(people(answer).as_bytes()) }
}

/// A line on standard error. Where that is closed, or on a full disk, nobody is told.
pub fn tell(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// Whether somebody reads what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipe {
    Open,
    Closed,
}

/// Writes to standard output. Who has closed it (`bunbase ls | head -1`) wants no more, and that is no failure.
pub fn write(bytes: &[u8]) -> Result<(), Failed> {
    write_on(bytes).map(drop)
}

/// The same, for those who have more to write.
pub fn write_on(bytes: &[u8]) -> Result<Pipe, Failed> {
    let mut out = stdout();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(Pipe::Open),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Pipe::Closed),
        Err(error) => {
            Err(Failed::new(Status::Failed, format!("cannot write to standard output: {error}")))
        }
    }
}
