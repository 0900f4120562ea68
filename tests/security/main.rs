//! What a worker can't do, whatever runs in it.
//!
//! # Layout
//! - [`cage`]: the layers are on, through the whole suite
//! - [`layers`]: a kernel that lacks one
//! - [`native`]: attacks by machine code, each against all layers, each layer alone, all but one, none
//! - [`javascript`]: attacks by JavaScript
//! - [`neighbours`]: what one function costs another
//! - [`profiles`]: what is granted
//! - [`secrets`]: where values are to be found, and where not

mod cage;
mod javascript;
mod layers;
mod native;
mod neighbours;
mod profiles;
mod secrets;
mod telemetry;
