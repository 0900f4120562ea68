//! What a worker can't do, whatever runs in it.
//!
//! # Layout
//! - [`cage`]: the layers are on, through the whole suite
//! - [`native`]: attacks by machine code, each against all layers, each layer alone, all but one, none
//! - [`javascript`]: attacks by JavaScript
//! - [`neighbours`]: what one function costs another

mod cage;
mod javascript;
mod native;
mod neighbours;
