//! The cage that a worker is started in, from a function's limits.
//!
//! A layer that the kernel refuses is an error: the worker does not start.
//!
//! # Layout
//! - [`command`]: a program to be started inside of the cage; and [`die_with_parent`], for ours that are not caged
//! - [`zygote`]: workers by fork, which start faster; [`fork`]: the system call
//! - [`layers`]: the layers in their order
//! - [`rlimits`], [`capabilities`], [`privileges`], [`descriptors`]: a layer each

mod capabilities;
mod command;
mod descriptors;
mod fork;
mod layers;
mod privileges;
mod rlimits;
pub mod zygote;

pub use command::{CommandError, Files, die_with_parent, worker};
pub use layers::{Cage, Layer};
