//! The cage that a worker is started in, from a function's capabilities.
//!
//! A layer that the kernel refuses is an error: the worker does not start.
//!
//! # Layout
//! - [`layers`]: the layers in their order; [`cage`]: what puts them on
//! - [`ids`], [`rlimits`], [`namespaces`], [`capabilities`], [`privileges`], [`landlock`], [`seccomp`], [`descriptors`]: a layer each
//! - [`probe`]: which layers this machine has
//! - [`cpu_time`]: that of an invocation
//! - [`decimal`]: numbers for last words
//! - [`zygote`]: workers by fork; [`fork`]: the system call; [`files`]: what they are given; [`command`]: what they are forked from
//! - [`exec`]: workers by exec; [`memory`]: how that of such workers is bounded

mod cage;
mod capabilities;
mod command;
pub mod cpu_time;
mod decimal;
mod descriptors;
mod exec;
mod files;
mod fork;
mod ids;
mod landlock;
mod layers;
pub mod memory;
mod namespaces;
mod precedence;
mod privileges;
mod probe;
mod rlimits;
pub mod seccomp;
pub mod zygote;

pub use cage::Cage;
pub use command::{Surroundings, die_with_parent};
pub use cpu_time::EXHAUSTED;
pub use decimal::decimal;
pub use exec::Program;
pub use files::Files;
pub use ids::{Uids, can_be_given};
pub use layers::Layer;
pub use probe::{Probe, probe};
pub use rlimits::buffers;
