//! Acquire, invoke, release: what gateway and ipcd both do with schedulerd and workers.
//!
//! An [`Invoker`] runs functions. It holds leases of workers and speaks to them directly; schedulerd is asked
//! only when no held worker has a free slot. All of it lives on one thread (a `LocalRuntime` or a `LocalSet`).
//!
//! # Layout
//! - [`call`]: what goes in and what comes out, and every way in which it can fail
//! - [`invoker`]: one call from beginning to end
//! - [`body`]: the body of an answer, whole or coming
//! - [`upload`]: the body of a request that goes on while it is answered
//! - [`books`]: which leases are held, who waits, which slots are free; no I/O
//! - [`link`]: the connection to schedulerd
//! - [`stream`]: the connection to one worker
//! - [`transport`]: the sockets of both, and what may take their place
//! - [`inflight`]: the invocations on one stream
//! - [`kills`]: what has been ended before it was done
//! - [`inspect`]: how workers are confined
//! - [`probe`]: whether a revision loads that is not in service yet
//! - [`lingering`]: what goes on behind its answer
//! - [`output`]: what functions write, into the log
//! - [`report`]: that, and what invocations became, for ipcd

mod body;
mod books;
mod call;
mod inflight;
mod inspect;
mod invoker;
mod kills;
mod lingering;
mod link;
mod output;
mod probe;
mod report;
mod stream;
pub mod transport;
mod upload;

pub use body::{Body, Parts};
pub use call::{Call, Failure, Reply, Timings, header_value, is_request_id};
pub use inspect::Cage;
pub use invoker::{Invoker, Settings};
pub use kills::Kills;
pub use probe::NotProbed;
pub use report::scrape;
pub use upload::{BrokenOff, Upload};
