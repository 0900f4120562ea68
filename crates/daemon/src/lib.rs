//! What every daemon does the same way: options, configuration, inherited sockets, logging, READY=1, the
//! watchdog, and an orderly stop.
//!
//! ```no_run
//! use std::process::ExitCode;
//! fn main() -> ExitCode {
//!     bunbase_daemon::main("gateway", |env| {
//!         let drain = env.config(|file| file.get("drain", bunbase_daemon::DRAIN))?;
//!         let mut sockets = env.sockets();
//!         let http = sockets.tcp("http")?;
//!         sockets.finish()?;
//!         env.run(drain, async move |stop| { let _ = http; stop.cancelled().await; Ok(()) })
//!     })
//! }
//! ```
//!
//! # Layout
//! - [`start`]: the entry point, command line and exit codes
//! - [`source`]: where configuration comes from
//! - [`socket`]: inherited listeners by name
//! - [`log`]: journald or readable lines, and the fields that log lines have
//! - [`supervise`]: READY=1, the watchdog, signals, the drain deadline

pub mod log;
mod socket;
mod source;
mod start;
mod supervise;

pub use bunbase_settings::{ByteSize, FromSetting, Millis, Mistakes, Reader};
pub use socket::{SocketError, Sockets};
pub use source::{ConfigError, Process, Source};
pub use start::{Env, Exit, main};
pub use supervise::DRAIN;
pub use tokio_util::sync::CancellationToken as Stop;
