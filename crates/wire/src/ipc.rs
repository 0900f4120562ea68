//! The public protocol on `ipc.sock`: length-prefixed binary frames on a Unix stream.
//!
//! ```text
//! u32 length of what follows | u8 version | u8 kind | u32 request id | u32 length of JSON | JSON | raw bytes
//! ```
//! All numbers are big-endian. Several requests may be in flight on a connection; answers carry the id of
//! their request and may come in any order. A [`Kind`] is a command (client to ipcd) or a status (back).
//!
//! # Layout
//! - [`frame`]: bytes to frames and back
//! - [`message`]: the JSON of each command and answer; [`doctor`], [`env`], [`secret`], [`versions`], [`logs`], [`metrics`]: of those
//! - [`backup`]: everything in one file, and back
//! - [`stream`]: bodies that come in parts

mod backup;
mod doctor;
mod env;
mod frame;
mod logs;
mod message;
mod metrics;
mod secret;
mod stream;
mod versions;

pub use backup::{BackupAnswer, RestoreAnswer, RestoreRequest};
pub use doctor::{DoctorAnswer, IpcdReport, StateReport};
pub use env::{ChangeAnswer, EnvListAnswer, EnvRemoveRequest, EnvSetRequest, Origin, Variable};
pub use frame::{Decoder, Frame, FrameError, HEADER, Kind, MAX_FRAME, VERSION, encode};
pub use logs::{LogLine, LogsRequest, MAX_LINES};
pub use message::{
    DeployAnswer, DeployFigures, DeployRequest, ErrorAnswer, ErrorCode, FunctionSummary,
    InvokeAnswer, InvokeRequest, ListAnswer, NameRequest, Outcome, ShowAnswer, StatusAnswer,
};
pub use metrics::{Figures, FunctionMetrics, MetricsAnswer, MetricsRequest, Point};
pub use secret::{SecretListAnswer, SecretRemoveRequest, SecretSetRequest, SecretSummary};
pub use stream::{Acknowledged, Part, WINDOW};
pub use versions::{MAX_MESSAGE, MAX_VERSIONS, RollbackRequest, VersionSummary, VersionsAnswer};

#[cfg(test)]
mod tests;
