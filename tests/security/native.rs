//! Attacks by machine code: a function is taken for an attacker who runs what he likes in a worker's process.
//!
//! # Layout
//! - [`canaries`], [`kernel`]: what is attacked; [`nest`]: attackers, forked by a zygote into a cage
//! - [`matrix`]: each attempt against all layers, each layer alone, all but one, none; [`rounds`]: how; [`table`]: how that is shown
//! - [`suite`]: each attempt through the whole suite; [`protocol`]: attacks on who reads what a worker writes
//! - [`filter`], [`filtered`]: the filter is its list, and no more; [`used`]: and no less
//! - [`failing`]: a layer that can't be put on

mod canaries;
mod failing;
mod filter;
mod filtered;
mod kernel;
mod matrix;
mod nest;
mod protocol;
mod rounds;
mod suite;
mod table;
mod used;
