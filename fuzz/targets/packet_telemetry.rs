//! `telemetry.sock`, both directions.

#![no_main]

use bunbase_fuzz::packet::check;
use bunbase_wire::telemetry::{FromTelemetry, ToTelemetry};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|packet: &[u8]| {
    check::<ToTelemetry>(packet);
    check::<FromTelemetry>(packet);
});
