//! `registry.sock`, both directions.

#![no_main]

use bunbase_fuzz::packet::check;
use bunbase_wire::registry::{FromRegistry, ToRegistry};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|packet: &[u8]| {
    check::<ToRegistry>(packet);
    check::<FromRegistry>(packet);
});
