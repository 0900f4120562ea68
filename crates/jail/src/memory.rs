//! The memory of workers whose address space says nothing of it: Bun reserves gigabytes that it never fills.
//!
//! Where a cgroup of version 2 with the memory controller was delegated to us, the kernel can bound it, see cgroups(7). Otherwise whoever started
//! the workers looks at their size again and again and kills. Behind either stands RLIMIT_DATA, which bounds it at some
//! gigabytes even while nobody looks.
//!
//! # Layout
//! - [`delegation`]: whether there is such a cgroup; [`watch`]: looking, and whose limit is passed; [`resident`]: one process's size

mod delegation;
mod resident;
mod watch;

pub use delegation::{Missing, delegated};
pub use watch::{INTERVAL, Over, Watch};
