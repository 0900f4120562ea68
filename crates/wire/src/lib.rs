//! What the processes say to each other: messages and framing, without any I/O.
//!
//! Bytes go in, messages come out, and the other way round; sockets and clocks are the callers'.
//! docs/protocol.md has every message with an example; the examples are this crate's test vectors.
//!
//! # Layout
//! - [`worker`]: host ↔ worker, a JSON object a line on a stream (the data path)
//! - [`lease`]: lease holder ↔ schedulerd, a JSON object a packet (the control path)
//! - [`registry`]: schedulerd ↔ ipcd, a JSON object a packet
//! - [`telemetry`]: lease holder ↔ ipcd, a JSON object a packet
//! - [`ipc`]: clients ↔ ipcd, length-prefixed binary frames (public)
//! - [`cage`]: how workers are confined, in answers of two of them
//! - [`packet`]: what `lease`, `registry` and `telemetry` share

pub mod cage;
pub mod ipc;
pub mod lease;
pub mod packet;
pub mod registry;
pub mod telemetry;
pub mod worker;
