//! A worker's stdin.

#![no_main]

use bunbase_wire::worker::ToWorker;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| bunbase_fuzz::worker::check::<ToWorker>(input));
