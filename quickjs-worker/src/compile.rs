//! Compiling a bundle, once, at its deploy. Nothing of it runs.

use std::fs::File;
use std::io::Write;
use std::os::fd::{FromRawFd, OwnedFd};

use bunbase_wire::worker::{BYTECODE_FD, Compile};
use rquickjs::Module;
use rquickjs::module::WriteOptions;

use crate::engine::Engine;
use crate::load::module_name;
use crate::stop::Stop;
use crate::{bundle, compiled};

/// Reads the bundle and writes its bytecode to the descriptor on which workers find it.
///
/// Where there is none, there is nothing to be said: workers compile the source themselves, and say what is wrong with it.
pub fn compile(engine: &Engine, compile: &Compile) -> Stop {
    if let Some(sealed) = sealed(engine, &compile.function) {
        // Who does not read it any more does without.
        let _ = output().write_all(&sealed);
    }
    Stop::Finished
}

fn sealed(engine: &Engine, function: &str) -> Option<Vec<u8>> {
    let bundle = bundle::read().ok()?;
    let name = module_name(function);
    let subject = compiled::subject(&name, &compiled::hash_of_bundle(&bundle));
    let source = bundle::text(bundle).ok()?;
    let bytecode = engine.compile(|ctx| {
        // The source would double the time and the memory that a large module takes, for Function.prototype.toString alone.
        Module::declare(ctx, name.clone(), source)?
            .write(WriteOptions { strip_source: true, ..WriteOptions::default() })
    });
    Some(compiled::seal(&subject, &bytecode.ok()?))
}

#[allow(unsafe_code)]
fn output() -> File {
    // SAFETY: it was given to this process for this purpose, and nobody else takes it; if it is not open, writing fails.
    File::from(unsafe { OwnedFd::from_raw_fd(BYTECODE_FD) })
}
