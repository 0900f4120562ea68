//! What functions wrote and what invocations became, kept in a database of its own.
//!
//! It isn't the registry: the last second may be lost at a power cut, and a file that is damaged is moved aside.
//!
//! # Layout
//! - `store`: the database, and reports applied exactly once; `schema`: its tables; `damage`: a damaged file moved aside
//! - `logs`: lines found again, and the bounds of the log
//! - `counts`: what invocations became, since ever and by minute and day
#![forbid(unsafe_code)]

mod counts;
mod damage;
mod logs;
mod schema;
mod store;

pub use bunbase_wire::telemetry::{BOUNDS_US, Count, Dropped, Durations, Line, Outcome, Report};
pub use bunbase_wire::worker::Level;
pub use counts::{Span, Total, Totals};
pub use logs::{Bounds, Filter, Kept, PAGE_BYTES, Page, STEP};
pub use store::{Applied, Error, Store};
