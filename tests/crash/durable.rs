//! ipcd dies, or the disk fails it, while it changes something. What it had acknowledged is there, and nothing is there by half.
//!
//! # Layout
//! - [`ipcd`]: ipcd and schedulerd alone, on sockets that outlive them
//! - [`step`]: the changes that are made; [`book`] and [`entry`]: what has to be there after them
//! - [`look`]: what ipcd shows; [`disk`]: what is in its state directory
//! - [`kills`]: killed at random moments
//! - [`strace`]: its system calls; [`points`]: killed at each one; [`errors`]: each one fails
//! - [`twins`]: what is broken on purpose is found

mod book;
mod dice;
mod disk;
mod entry;
mod errors;
mod ipcd;
mod kills;
mod look;
mod points;
mod step;
mod strace;
mod twins;
