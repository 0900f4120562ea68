//! What is printed: JSON or text for people, on a standard output that may be closed or full.

use std::io::{ErrorKind, Write, stdout};

use anstream::adapter::strip_str;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::{Value, json};

use crate::args::Globals;
use crate::exit::{Failed, Status};

/// The version of the envelope of `--json`. Fields may be added under the same number.
const SCHEMA: u8 = 1;

/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What may go wrong.
pub const ODD: Style = AnsiColor::Yellow.on_default().bold();
/// What is well.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is said beside.
pub const FAINT: Style = Style::new().dimmed();

/// Prints an answer: as JSON, or as `people` words it.
pub fn print<T: Serialize>(
    globals: &Globals,
    answer: &T,
    people: impl FnOnce(&T) -> String,
) -> Result<(), Failed> {
    if globals.json {
        return write(object(answer).as_bytes());
    }
    if globals.quiet {
        return Ok(());
    }
    let text = people(answer);
    match anstream::AutoStream::choice(&stdout()) {
        anstream::ColorChoice::Never => write(strip_str(&text).to_string().as_bytes()),
        _ => write(text.as_bytes()),
    }
}

/// Prints an answer that is bad news, too. As JSON it is one object with both.
pub fn print_failed<T: Serialize>(
    globals: &Globals,
    answer: &T,
    failed: Failed,
    people: impl FnOnce(&T) -> String,
) -> Failed {
    if globals.json {
        let result = serde_json::to_value(answer).expect("plain structs serialise");
        return Failed { result: Some(Box::new(result)), ..failed };
    }
    print(globals, answer, people).err().unwrap_or(failed)
}

/// The failure as JSON.
pub fn print_failure(failed: &Failed) -> Result<(), Failed> {
    let Failed { status, code, message, hint, result } = failed;
    let error = json!({ "status": *status as u8, "code": code, "message": message, "hint": hint });
    match result {
        Some(result) => line(&json!({ "schema": SCHEMA, "result": result, "error": error })),
        None => line(&json!({ "schema": SCHEMA, "error": error })),
    }
}

/// An answer as an object on a line of its own, so that a stream of them is read like a single one.
pub fn object<T: Serialize>(answer: &T) -> String {
    let object = serde_json::to_string(&Envelope { schema: SCHEMA, result: answer });
    object.expect("plain structs serialise") + "\n"
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    schema: u8,
    result: &'a T,
}

fn line(object: &Value) -> Result<(), Failed> {
    write(format!("{object}\n").as_bytes())
}

/// A line on standard error, with colours where that is a terminal. Where it is closed, or on a full disk, nobody is told.
pub fn tell(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// A warning, unless quiet.
pub fn warn(globals: &Globals, warning: &str) {
    if !globals.quiet {
        tell(&format!("{ODD}warning:{ODD:#} {warning}"));
    }
}

/// With `-v`: what is being done.
pub fn trace(globals: &Globals, what: &str) {
    if globals.verbose {
        tell(&format!("{FAINT}{what}{FAINT:#}"));
    }
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
