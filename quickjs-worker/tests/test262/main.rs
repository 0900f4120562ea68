//! The language's tests, test262: the worker in its cage gives the verdicts that the bare engine gives.
//!
//! # Layout
//! - [`choice`]: which of the tests; [`case`]: one of them, as a bundle that `frame.js` makes a handler
//! - [`bare`]: in QuickJS alone; [`caged`]: in a worker
//! - [`same`]: the comparison

#[allow(dead_code, reason = "another test binary uses all of it")]
#[path = "../worker/host.rs"]
mod host;
#[allow(dead_code, reason = "another test binary uses all of it")]
#[path = "../worker/process.rs"]
mod process;

mod bare;
mod caged;
mod case;
mod choice;
mod same;
