//! `function.toml`: what parses is in order, and survives its way through a deploy.

#![no_main]

use bunbase_manifest::{Manifest, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match parse(text, "folder", "index.ts") {
        Ok(manifest) => in_order(&manifest),
        // A person reads it: showing it is part of the parser.
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

fn in_order(manifest: &Manifest) {
    manifest.check().expect("what parses passes the check");
    let json = serde_json::to_vec(manifest).expect("plain structs serialise");
    let again: Manifest = serde_json::from_slice(&json).expect("what was written is read");
    assert_eq!(again, *manifest);
}
