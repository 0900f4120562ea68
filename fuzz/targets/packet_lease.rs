//! `lease.sock`, both directions.

#![no_main]

use bunbase_fuzz::packet::check;
use bunbase_wire::lease::{FromScheduler, ToScheduler};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|packet: &[u8]| {
    check::<ToScheduler>(packet);
    check::<FromScheduler>(packet);
});
