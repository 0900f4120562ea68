//! Bytecode of a function's module: made once, at its deploy, by this very program, and read by each of its workers.
//!
//! Bytecode is as good as native code. What is read here was written by a caged worker in [`crate::compile`] and kept by ipcd; the
//! header makes sure that it is for this engine, for this module, and whole. Whatever is not is as good as none.

use bunbase_wire::worker::{BYTECODE_FD, MAX_BYTECODE};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Module, Result};
use sha2::{Digest, Sha256};

use crate::bundle;

const MAGIC: &[u8; 8] = b"BBQJSBC1";

/// Changes with everything that the engine writes: `build.rs` hashes what it has compiled.
const ENGINE: &[u8; 16] = env!("BYTECODE_ENGINE").as_bytes().first_chunk().expect("16 digits");

/// A hash that says what a module is: its name and its source.
pub type Subject = [u8; 32];

/// Of a module of this name, whose source has this SHA-256 in hex.
pub fn subject(name: &str, source: &str) -> Subject {
    hash(&[name.as_bytes(), b"\0", source.as_bytes()])
}

/// Bytecode with what is needed to know it again: magic, engine, subject, hash.
pub fn seal(subject: &Subject, bytecode: &[u8]) -> Vec<u8> {
    [MAGIC, &ENGINE[..], subject, &hash(&[bytecode]), bytecode].concat()
}

/// The bytecode, if it is for this engine and this subject, and whole.
fn open<'a>(subject: &Subject, sealed: &'a [u8]) -> Option<&'a [u8]> {
    let rest = sealed.strip_prefix(MAGIC)?.strip_prefix(ENGINE)?.strip_prefix(subject)?;
    let (expected, bytecode) = rest.split_first_chunk::<32>()?;
    (hash(&[bytecode]) == *expected).then_some(bytecode)
}

/// The bytecode of this subject that the worker was given; it stays as long as the process.
pub fn read(subject: &Subject) -> Option<&'static [u8]> {
    let sealed = bundle::read_descriptor(BYTECODE_FD, MAX_BYTECODE).ok()?;
    open(subject, sealed.leak())
}

/// Puts the module into a context.
#[allow(unsafe_code)]
pub fn declare<'js>(ctx: &Ctx<'js>, bytecode: &'static [u8]) -> Result<Module<'js, Declared>> {
    // SAFETY: the header says that this very engine has written the bytes, and that none has changed since; they live for ever.
    unsafe { Module::load(ctx.clone(), bytecode) }
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// The SHA-256 of a bundle, in hex.
pub fn hash_of_bundle(bundle: &[u8]) -> String {
    hash(&[bundle]).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_for_its_subject_only() {
        let own = subject("a.js", "source");
        let sealed = seal(&own, b"code");
        assert_eq!(open(&own, &sealed), Some(&b"code"[..]));
        assert_eq!(open(&subject("b.js", "source"), &sealed), None);
        assert_eq!(open(&subject("a.js", "other"), &sealed), None);
    }

    #[test]
    fn no_byte_of_it_can_be_changed_or_missing() {
        let own = subject("a.js", "source");
        let sealed = seal(&own, b"code");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&own, &changed), None, "byte {at}");
            assert_eq!(open(&own, &sealed[..at]), None, "cut at {at}");
        }
    }
}
