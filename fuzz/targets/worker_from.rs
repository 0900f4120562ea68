//! A worker's stdout: bytes that a function may have had a hand in.

#![no_main]

use bunbase_wire::worker::FromWorker;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| bunbase_fuzz::worker::check::<FromWorker>(input));
