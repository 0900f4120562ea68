//! What functions wrote and what invocations became, kept in a database of its own.
//!
//! It isn't the registry: the last second may be lost at a power cut, and a file that is damaged is moved aside.
//!
//! # Layout
//! - `durations`: a histogram with fixed buckets
//! - `batch`: what a holder of leases reports at once
//! - `store`: the database, and a batch applied exactly once
//! - `logs`: lines found again, and the bounds of the log
//! - `totals`: counts found again
#![forbid(unsafe_code)]

mod batch;
mod durations;
mod logs;
mod store;
mod totals;

pub use batch::{Batch, Count, Line};
pub use bunbase_wire::worker::Level;
pub use durations::{BOUNDS_US, Durations};
pub use logs::{Bounds, Filter, Kept};
pub use store::{Applied, Error, Store};
pub use totals::Total;
