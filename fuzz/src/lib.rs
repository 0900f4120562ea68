//! What the fuzz targets share. A target is a property of one decoder; it panics where the property fails.
//!
//! # Layout
//! - [`pieces`]: a stream that arrives in pieces
//! - [`worker`]: the property of both directions of the worker protocol
//! - [`packet`]: the property of every packet

pub mod packet;
pub mod pieces;
pub mod worker;
